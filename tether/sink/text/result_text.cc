#include "tether/sink/text/result_text.h"

#include "tether/sink/text/date_text.h"
#include "tether/sink/text/number_text.h"
#include "tether/sink/text/string_text.h"

namespace tether {

namespace {

void append_error(std::string& out, const SyscallResult& result) {
  out.push_back(' ');
  if (result.error_name.empty()) {
    out.append("(errno ");
    append_signed(out, result.error.value);
    return out.push_back(')');
  }
  append_printable(out, result.error_name);
  if (result.error_text.empty()) return;
  out.append(" (");
  append_printable(out, result.error_text);
  out.push_back(')');
}

/// What another notation says of a number stands behind it: 16387 (IOPRIO_PRIO_VALUE(IOPRIO_CLASS_BE, 3)).
void append_returned(std::string& out, const SyscallResult& result, const ValueTextOptions& options) {
  if (result.decoded == nullptr) return append_signed(out, result.value);
  const Value& decoded = *result.decoded;
  const bool is_date = decoded.kind == ValueKind::Timestamp;
  if (result.value == 0 && (is_date || decoded.kind == ValueKind::Address)) return out.push_back('0');
  if (!is_date && decoded.kind != ValueKind::Call) return append_value(out, decoded, options);
  append_signed(out, result.value);
  if (options.constants == ConstantStyle::Numbers) return;
  out.append(" (");
  if (is_date) {
    append_date(out, result.value, {});
  } else {
    append_value(out, decoded, {});
  }
  out.push_back(')');
}

}  // namespace

void append_result(std::string& out, const SyscallResult& result, const ValueTextOptions& options) {
  const bool is_error = result.kind == SyscallResult::Kind::Failed || result.kind == SyscallResult::Kind::Restart;
  const bool is_coloured = is_error && options.palette.has_value();
  if (is_coloured) out.append(options.palette->error);
  switch (result.kind) {
    case SyscallResult::Kind::Returned:
      append_returned(out, result, options);
      break;
    case SyscallResult::Kind::Failed:
      out.append("-1");
      append_error(out, result);
      break;
    case SyscallResult::Kind::Restart:
      out.push_back('?');
      append_error(out, result);
      break;
    case SyscallResult::Kind::Never:
      out.push_back('?');
      break;
  }
  if (is_coloured) out.append(options.palette->reset);
  if (result.note.empty()) return;
  out.append(" (");
  append_printable(out, result.note);
  out.push_back(')');
}

}  // namespace tether
