#include "tether/disasm/internal/zydis_library.h"

#include <dlfcn.h>

#include <string>

namespace tether::disasm {

namespace {

std::string soname() {
  return "libZydis.so." + std::to_string(ZYDIS_VERSION_MAJOR(ZYDIS_VERSION)) + "." +
         std::to_string(ZYDIS_VERSION_MINOR(ZYDIS_VERSION));
}

Error not_loaded(const char* reason) {
  return {.code = ErrorCode::Unsupported,
          .message = "cannot disassemble: " + std::string(reason != nullptr ? reason : "no reason was given"),
          .hint = "install Zydis " + std::to_string(ZYDIS_VERSION_MAJOR(ZYDIS_VERSION)) + "." +
                  std::to_string(ZYDIS_VERSION_MINOR(ZYDIS_VERSION)) + " (Debian: libzydis4.0)"};
}

Result<ZydisLibrary> load() {
  void* const library = ::dlopen(soname().c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return fail(not_loaded(::dlerror()));
  bool is_complete = true;
  const auto find = [&]<class Function>(Function& function, const char* name) {
    function = reinterpret_cast<Function>(::dlsym(library, name));
    is_complete = is_complete && function != nullptr;
  };
  ZydisLibrary zydis{};
  find(zydis.decoder_init, "ZydisDecoderInit");
  find(zydis.decode_full, "ZydisDecoderDecodeFull");
  find(zydis.formatter_init, "ZydisFormatterInit");
  find(zydis.set_property, "ZydisFormatterSetProperty");
  find(zydis.tokenize, "ZydisFormatterTokenizeInstruction");
  find(zydis.token_value, "ZydisFormatterTokenGetValue");
  find(zydis.token_next, "ZydisFormatterTokenNext");
  if (!is_complete) return fail(not_loaded((soname() + " lacks a function").c_str()));
  return zydis;
}

}  // namespace

Result<const ZydisLibrary*> load_zydis() {
  static const Result<ZydisLibrary> loaded = load();
  if (!loaded.has_value()) return fail(loaded.error());
  return &*loaded;
}

}  // namespace tether::disasm
