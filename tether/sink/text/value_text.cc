#include "tether/sink/text/value_text.h"

#include <bit>
#include <cstddef>
#include <string_view>

#include "tether/sink/text/date_text.h"
#include "tether/sink/text/number_text.h"
#include "tether/sink/text/wait_status_text.h"

namespace tether {

namespace {

/// Whether these details of a descriptor (CaptureSource::read_fd_details) are of a kind that is wanted.
bool has_wanted_details(std::string_view details, const DescriptorParts& wanted) {
  if (details.empty()) return false;
  if (details.starts_with('<')) return wanted.dev;
  return details.starts_with("pid:") ? wanted.pidfd : wanted.socket;
}

/// Makes the text of one value; holds what is the same for all of its nodes.
class ValueWriter {
 public:
  ValueWriter(std::string& out, const ValueTextOptions& options)
      : out_(out), options_(options), palette_(options.palette ? &*options.palette : nullptr) {}

  void value(const Value& value);
  void labelled(const Value& value, std::string_view separator);

 private:
  void bare(const Value& value);
  void number(const Value& value, NumberStyle style);
  void address(const Value& value);
  void symbols(const Value& value);
  void symbol_names(const Symbols& symbols);
  void string(const Value& value);
  void list(const Value& value);
  void record(const Value& value);
  void change(const Value& value);
  void call(const Value& value);
  void call_notation(const Value& value);
  void descriptor(const Value& value);
  void signal_set(const Value& value);
  void timestamp(const Value& value);
  void date(const Value& value);

  void begin(std::string_view Palette::*colour) {
    if (palette_ != nullptr) out_.append(palette_->*colour);
  }
  void end() {
    if (palette_ != nullptr) out_.append(palette_->reset);
  }
  bool shows_numbers() const { return options_.constants != ConstantStyle::Names; }
  bool shows_names() const { return options_.constants != ConstantStyle::Numbers; }

  std::string& out_;
  const ValueTextOptions& options_;
  const Palette* palette_;
};

void ValueWriter::value(const Value& value) {
  bare(value);
  if (value.note.empty() || value.kind == ValueKind::Descriptor) return;
  begin(&Palette::dim);
  out_.append(" /* ");
  append_printable(out_, value.note);
  out_.append(" */");
  end();
}

void ValueWriter::labelled(const Value& child, std::string_view separator) {
  if (!child.label.empty()) {
    append_printable(out_, child.label);
    out_.append(separator);
  }
  value(child);
}

void ValueWriter::bare(const Value& value) {
  switch (value.kind) {
    case ValueKind::Integer:
      return number(value, value.style);
    case ValueKind::Address:
      return address(value);
    case ValueKind::Symbols:
      return symbols(value);
    case ValueKind::String:
      return string(value);
    case ValueKind::List:
      return list(value);
    case ValueKind::Record:
      return record(value);
    case ValueKind::Change:
      return change(value);
    case ValueKind::Call:
      return call(value);
    case ValueKind::Descriptor:
      return descriptor(value);
    case ValueKind::SignalSet:
      return signal_set(value);
    case ValueKind::WaitStatus:
      return append_wait_status(out_, static_cast<std::uint32_t>(value.number), options_.constants);
    case ValueKind::Timestamp:
      return timestamp(value);
    case ValueKind::Verbatim:
      return append_printable(out_, value.name);
    case ValueKind::Elided:
      out_.append("...");
  }
}

void ValueWriter::number(const Value& value, NumberStyle style) {
  begin(&Palette::number);
  append_number(out_, value.number, style);
  end();
  if (value.is_pid && !value.name.empty()) append_descriptor_path(out_, value.name, {}, options_.strings);
}

void ValueWriter::address(const Value& value) {
  begin(&Palette::number);
  if (value.number == 0) {
    out_.append("NULL");
  } else {
    append_hex(out_, value.number);
  }
  end();
}

/// The names that make up a value, and what has no name.
void ValueWriter::symbol_names(const Symbols& symbols) {
  bool first = true;
  for (const std::string_view name : symbols.names) {
    if (!first) out_.push_back('|');
    append_printable(out_, name);
    first = false;
  }
  if (symbols.remainder == 0 && !symbols.show_remainder) return;
  if (!first) out_.push_back('|');
  append_number(out_, symbols.remainder, symbols.remainder_style);
}

void ValueWriter::symbols(const Value& value) {
  if (value.symbols_ == nullptr) return append_number(out_, value.number, value.style);
  const Symbols& symbols = value.symbols();
  const bool has_names = !symbols.names.empty();
  if (has_names && !shows_numbers()) return symbol_names(symbols);
  append_number(out_, value.number, value.style);
  if (!shows_names()) return;
  // Without any name a number is marked as one that should have had a name, but a zero of flags stands for itself.
  if (!has_names && ((value.number == 0 && symbols.is_flags) || symbols.unknown_tag.empty())) return;
  out_.append(" /* ");
  if (has_names) {
    symbol_names(symbols);
  } else {
    append_printable(out_, symbols.unknown_tag);
  }
  out_.append(" */");
}

void ValueWriter::string(const Value& value) {
  append_printable(out_, value.name);  // the @ of an abstract socket's name
  begin(&Palette::string);
  append_quoted(out_, value.bytes(), {.style = value.is_binary ? StringStyle::HexStrings : options_.strings});
  end();
  if (value.cut) out_.append("...");
}

void ValueWriter::list(const Value& value) {
  const std::string_view separator = value.spaced ? " " : ", ";
  const std::span<const Value> elements = value.children();
  out_.push_back('[');
  for (std::size_t i = 0; i < elements.size(); ++i) {
    if (i != 0) out_.append(separator);
    labelled(elements[i], "=");
  }
  if (value.cut && (elements.empty() || elements.back().kind != ValueKind::Elided)) {
    if (!elements.empty()) out_.append(separator);
    out_.append("...");
  }
  out_.push_back(']');
}

void ValueWriter::record(const Value& value) {
  const Value* time = nullptr;
  out_.push_back('{');
  bool first = true;
  for (const Value& member : value.children()) {
    if (!first) out_.append(", ");
    first = false;
    if (member.kind == ValueKind::Timestamp && member.label == "tv_sec") {
      // A timespec's date stands behind its brace, since it is made of both members.
      time = &member;
      out_.append("tv_sec=");
      number(member, NumberStyle::Signed);
    } else {
      labelled(member, "=");
    }
  }
  out_.push_back('}');
  if (time != nullptr) date(*time);
}

void ValueWriter::change(const Value& value) {
  if (value.count != 2) return;
  this->value(value.children()[0]);
  out_.append(" => ");
  this->value(value.children()[1]);
}

void ValueWriter::call_notation(const Value& value) {
  append_printable(out_, value.name);
  out_.push_back('(');
  bool first = true;
  for (const Value& arg : value.children()) {
    if (!first) out_.append(", ");
    first = false;
    labelled(arg, "=");
  }
  out_.push_back(')');
}

/// makedev(8, 1) is a constant's name like any other; htons(80) is how a number in the network's byte order is spelled.
void ValueWriter::call(const Value& value) {
  const bool is_spelling = value.name.starts_with("hton") || value.name == "htobs" || value.name.starts_with("inet_");
  if (is_spelling || !shows_numbers()) return call_notation(value);
  append_hex(out_, value.number);
  if (!shows_names()) return;
  out_.append(" /* ");
  call_notation(value);
  out_.append(" */");
}

void ValueWriter::descriptor(const Value& value) {
  if (value.symbols_ != nullptr) {
    Value symbolic = value;
    symbolic.style = NumberStyle::Signed;
    symbols(symbolic);
  } else {
    begin(&Palette::number);
    append_signed(out_, static_cast<std::int64_t>(value.number));
    end();
  }
  const DescriptorParts& wanted = options_.descriptors;
  const bool is_detailed = has_wanted_details(value.note, wanted);
  if (value.name.empty() || !(wanted.path || is_detailed)) return;
  begin(&Palette::string);
  append_descriptor_path(out_, value.name, is_detailed ? value.note : std::string_view(), options_.strings);
  end();
}

void ValueWriter::signal_set(const Value& value) {
  constexpr std::string_view kPrefix = "SIG";
  out_.append(value.inverted ? "~[" : "[");
  std::uint64_t left = value.inverted ? ~value.number : value.number;
  bool first = true;
  const std::span<const std::string_view> names =
      value.symbols_ != nullptr ? value.symbols().names : std::span<const std::string_view>();
  for (std::string_view name : names) {
    if (!first) out_.push_back(' ');
    first = false;
    const auto number = static_cast<std::uint64_t>(std::countr_zero(left)) + 1;
    left &= left - 1;
    if (name.starts_with(kPrefix)) name.remove_prefix(kPrefix.size());
    if (shows_numbers() || name.empty()) append_unsigned(out_, number);
    if (!shows_names() || name.empty()) continue;
    if (shows_numbers()) out_.append(" /* ");
    append_printable(out_, name);
    if (shows_numbers()) out_.append(" */");
  }
  out_.push_back(']');
}

void ValueWriter::timestamp(const Value& value) {
  number(value, NumberStyle::Signed);
  date(value);
}

void ValueWriter::date(const Value& value) {
  const std::size_t before = out_.size();
  begin(&Palette::dim);
  out_.append(" /* ");
  DateFraction fraction;
  if (value.symbols_ != nullptr) fraction = {value.symbols().remainder, value.symbols().fraction_digits};
  if (append_date(out_, static_cast<std::int64_t>(value.number), fraction)) {
    out_.append(" */");
    end();
  } else {
    out_.resize(before);
  }
}

}  // namespace

void append_value(std::string& out, const Value& value, const ValueTextOptions& options) {
  ValueWriter(out, options).value(value);
}

void append_arguments(std::string& out, std::span<const Value> args, const ValueTextOptions& options) {
  ValueWriter writer(out, options);
  for (std::size_t i = 0; i < args.size(); ++i) {
    if (i != 0) out.append(", ");
    if (options.arg_names || args[i].names_itself) {
      writer.labelled(args[i], "=");
    } else {
      writer.value(args[i]);
    }
  }
}

}  // namespace tether
