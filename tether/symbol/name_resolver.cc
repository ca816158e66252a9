#include <memory>

#include "tether/symbol/symbolizer.h"
#include "tether/symbol/value_expression.h"

namespace tether::symbol {

namespace {

class SymbolizerNames final : public NameResolver {
 public:
  explicit SymbolizerNames(Symbolizer& symbolizer) : symbolizer_(symbolizer) {}

  Result<RemoteAddr> resolve_name(std::string_view name) override {
    // A file's own name is not looked for in all files.
    if (name.find(".so") != std::string_view::npos)
      if (const Module* module = find_module_named(symbolizer_.modules(), name)) return module->base;
    if (const auto symbols = symbolizer_.find_symbols(name); !symbols.empty()) return symbols.front().address;
    if (const Module* module = find_module_named(symbolizer_.modules(), name)) return module->base;
    return TETHER_TRY(symbolizer_.find_symbol(name)).address;  // its error knows the nearest name
  }

  Result<RemoteAddr> resolve_mapping(std::string_view name) override {
    for (const procfs::Mapping& mapping : symbolizer_.maps())
      if (mapping.path == name) return mapping.start;
    return fail({.code = ErrorCode::NotFound,
                 .message = "the process has no mapping " + std::string(name),
                 .hint = "see /proc/" + std::to_string(symbolizer_.pid().value) + "/maps"});
  }

  Result<RemoteAddr> resolve_line(std::string_view file, std::uint32_t line) override {
    return TETHER_TRY(symbolizer_.find_line(file, line)).front();
  }

 private:
  Symbolizer& symbolizer_;
};

}  // namespace

std::unique_ptr<NameResolver> names_of(Symbolizer& symbolizer) {
  return std::make_unique<SymbolizerNames>(symbolizer);
}

}  // namespace tether::symbol
