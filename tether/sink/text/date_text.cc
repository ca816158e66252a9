#include "tether/sink/text/date_text.h"

#include <ctime>

#include "tether/sink/text/number_text.h"

namespace tether {

bool append_date(std::string& out, std::int64_t seconds, DateFraction fraction) {
  std::uint64_t whole = 1;
  for (unsigned digit = 0; digit < fraction.digits; ++digit) whole *= 10;
  if ((seconds == 0 && fraction.number == 0) || fraction.number >= whole) return false;
  const std::time_t time = seconds;
  std::tm local{};
  if (::localtime_r(&time, &local) == nullptr) return false;  // a year that does not fit
  char text[64];
  std::size_t length = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &local);
  if (length == 0) return false;
  out.append(text, length);
  if (fraction.number != 0) {
    out.push_back('.');
    append_padded(out, fraction.number, fraction.digits);
  }
  length = std::strftime(text, sizeof text, "%z", &local);
  out.append(text, length);
  return true;
}

}  // namespace tether
