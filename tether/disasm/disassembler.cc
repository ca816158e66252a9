#include "tether/disasm/disassembler.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "tether/disasm/internal/zydis_library.h"

namespace tether::disasm {

struct Disassembler::Decoders {
  const ZydisLibrary* zydis;
  std::array<ZydisDecoder, kAbiCount> decoders;
  ZydisFormatter formatter;

  const ZydisDecoder* decoder_of(Abi abi) const { return &decoders[static_cast<std::size_t>(abi)]; }
};

namespace {

struct Decoded {
  ZydisDecodedInstruction instruction;
  std::array<ZydisDecodedOperand, ZYDIS_MAX_OPERAND_COUNT> operands;

  std::span<const ZydisDecodedOperand> visible() const {
    return std::span(operands).first(instruction.operand_count_visible);
  }
};

Flow flow_of(const ZydisDecodedInstruction& i) {
  switch (i.mnemonic) {
    case ZYDIS_MNEMONIC_UD0:
    case ZYDIS_MNEMONIC_UD1:
    case ZYDIS_MNEMONIC_UD2:
    case ZYDIS_MNEMONIC_HLT:
      return Flow::Trap;
    case ZYDIS_MNEMONIC_IRET:
    case ZYDIS_MNEMONIC_IRETD:
    case ZYDIS_MNEMONIC_IRETQ:
      return Flow::Return;
    case ZYDIS_MNEMONIC_SYSCALL:
    case ZYDIS_MNEMONIC_SYSENTER:
      return Flow::SystemCall;
    default:
      break;
  }
  switch (i.meta.category) {
    case ZYDIS_CATEGORY_CALL:
      return Flow::Call;
    case ZYDIS_CATEGORY_RET:
      return Flow::Return;
    case ZYDIS_CATEGORY_UNCOND_BR:
      return Flow::Jump;
    case ZYDIS_CATEGORY_COND_BR:
      // Transactions: xbegin goes on behind itself, and elsewhere only when it is rolled back, as a conditional jump
      // would.
      return Flow::ConditionalJump;
    case ZYDIS_CATEGORY_INTERRUPT:
      return Flow::Interrupt;
    default:
      return Flow::Next;
  }
}

/// Addresses wrap where the code's pointers do.
RemoteAddr relative_to_end(const Instruction& i, std::int64_t displacement, Abi abi) {
  const std::uint64_t value = i.end().value + static_cast<std::uint64_t>(displacement);
  return RemoteAddr(abi == Abi::X86_64 ? value : static_cast<std::uint32_t>(value));
}

void note_operands(Instruction& i, const Decoded& decoded, Abi abi) {
  const auto& raw = decoded.instruction.raw;
  for (const ZydisDecodedOperand& operand : decoded.visible()) {
    if (operand.type == ZYDIS_OPERAND_TYPE_MEMORY &&
        (operand.mem.base == ZYDIS_REGISTER_RIP || operand.mem.base == ZYDIS_REGISTER_EIP))
      i.rip_relative = RipRelative{.displacement_offset = raw.disp.offset,
                                   .target = relative_to_end(i, operand.mem.disp.value, abi)};
    if (operand.type == ZYDIS_OPERAND_TYPE_IMMEDIATE && operand.imm.is_relative) {
      i.target = relative_to_end(i, operand.imm.value.s, abi);
      i.branch_displacement =
          BranchDisplacement{.offset = raw.imm[0].offset, .size = static_cast<std::uint8_t>(raw.imm[0].size / 8)};
    }
  }
  if (i.flow == Flow::Interrupt)
    i.vector = decoded.instruction.mnemonic == ZYDIS_MNEMONIC_INT3   ? std::uint8_t{3}
               : decoded.instruction.mnemonic == ZYDIS_MNEMONIC_INT1 ? std::uint8_t{1}
               : decoded.instruction.mnemonic == ZYDIS_MNEMONIC_INTO ? std::uint8_t{4}
                                                                     : static_cast<std::uint8_t>(raw.imm[0].value.u);
}

void note_flags_and_prefixes(Instruction& i, const Decoded& decoded) {
  const ZydisDecodedInstruction& instruction = decoded.instruction;
  constexpr auto kRepeats = ZYDIS_ATTRIB_HAS_REP | ZYDIS_ATTRIB_HAS_REPE | ZYDIS_ATTRIB_HAS_REPNE;
  i.is_repeated = (instruction.attributes & kRepeats) != 0;
  switch (instruction.mnemonic) {
    case ZYDIS_MNEMONIC_PUSHF:
    case ZYDIS_MNEMONIC_PUSHFD:
    case ZYDIS_MNEMONIC_PUSHFQ:
      i.pushes_flags = true;
      break;
    case ZYDIS_MNEMONIC_POPF:
    case ZYDIS_MNEMONIC_POPFD:
    case ZYDIS_MNEMONIC_POPFQ:
    case ZYDIS_MNEMONIC_IRET:
    case ZYDIS_MNEMONIC_IRETD:
    case ZYDIS_MNEMONIC_IRETQ:
      i.pops_flags = true;
      break;
    default:
      break;
  }
  const auto visible = decoded.visible();
  i.loads_stack_segment = !visible.empty() && visible[0].type == ZYDIS_OPERAND_TYPE_REGISTER &&
                          visible[0].reg.value == ZYDIS_REGISTER_SS &&
                          (visible[0].actions & ZYDIS_OPERAND_ACTION_MASK_WRITE) != 0;
}

/// The text, with `<name>` behind every address that has one.
std::string text_of(const ZydisLibrary& zydis, const ZydisFormatter& formatter, const Decoded& decoded, RemoteAddr at,
                    const NameAddress& name) {
  char buffer[512];
  ZydisFormatterTokenConst* token = nullptr;
  ZyanStatus status =
      zydis.tokenize(&formatter, &decoded.instruction, decoded.operands.data(),
                     decoded.instruction.operand_count_visible, buffer, sizeof buffer, at.value, &token, nullptr);
  std::string text;
  for (; ZYAN_SUCCESS(status); status = zydis.token_next(&token)) {
    ZydisTokenType type = ZYDIS_TOKEN_INVALID;
    ZyanConstCharPointer value = nullptr;
    if (!ZYAN_SUCCESS(zydis.token_value(token, &type, &value))) break;
    const std::string_view part(value);
    text += part;
    if (type != ZYDIS_TOKEN_ADDRESS_ABS || !name || !part.starts_with("0x")) continue;
    std::uint64_t address = 0;
    std::from_chars(part.data() + 2, part.data() + part.size(), address, 16);
    if (const std::string known = name(RemoteAddr(address)); !known.empty()) text += " <" + known + ">";
  }
  return text;
}

Error no_instruction() {
  return {.code = ErrorCode::Malformed, .message = "the bytes are no instruction", .hint = {}};
}

}  // namespace

Disassembler::Disassembler(std::unique_ptr<Decoders> decoders) : decoders_(std::move(decoders)) {}
Disassembler::Disassembler(Disassembler&&) noexcept = default;
Disassembler& Disassembler::operator=(Disassembler&&) noexcept = default;
Disassembler::~Disassembler() = default;

Result<Disassembler> Disassembler::open() {
  const ZydisLibrary* const zydis = TETHER_TRY(load_zydis());
  auto decoders = std::make_unique<Decoders>();
  decoders->zydis = zydis;
  zydis->decoder_init(&decoders->decoders[static_cast<std::size_t>(Abi::X86_64)], ZYDIS_MACHINE_MODE_LONG_64,
                      ZYDIS_STACK_WIDTH_64);
  zydis->decoder_init(&decoders->decoders[static_cast<std::size_t>(Abi::I386)], ZYDIS_MACHINE_MODE_LONG_COMPAT_32,
                      ZYDIS_STACK_WIDTH_32);
  ZydisFormatter& formatter = decoders->formatter;
  zydis->formatter_init(&formatter, ZYDIS_FORMATTER_STYLE_INTEL);
  for (const auto property : {ZYDIS_FORMATTER_PROP_ADDR_PADDING_ABSOLUTE, ZYDIS_FORMATTER_PROP_DISP_PADDING,
                              ZYDIS_FORMATTER_PROP_IMM_PADDING})
    zydis->set_property(&formatter, property, ZYDIS_PADDING_DISABLED);
  zydis->set_property(&formatter, ZYDIS_FORMATTER_PROP_HEX_UPPERCASE, ZYAN_FALSE);
  return Disassembler(std::move(decoders));
}

Result<Instruction> Disassembler::decode(std::span<const std::byte> code, RemoteAddr at, Abi abi,
                                         const NameAddress& name) const {
  const ZydisLibrary& zydis = *decoders_->zydis;
  Decoded decoded;
  if (!ZYAN_SUCCESS(zydis.decode_full(decoders_->decoder_of(abi), code.data(), code.size(), &decoded.instruction,
                                      decoded.operands.data())))
    return fail(no_instruction());
  Instruction i{.address = at, .length = decoded.instruction.length, .flow = flow_of(decoded.instruction)};
  std::ranges::copy(code.first(i.length), i.bytes.begin());
  note_operands(i, decoded, abi);
  note_flags_and_prefixes(i, decoded);
  i.text = text_of(zydis, decoders_->formatter, decoded, at, name);
  return i;
}

std::vector<Instruction> Disassembler::decode_all(std::span<const std::byte> code, RemoteAddr at, Abi abi,
                                                  const NameAddress& name, std::size_t most) const {
  std::vector<Instruction> all;
  while (!code.empty() && all.size() < most) {
    auto instruction = decode(code, at, abi, name);
    if (!instruction.has_value()) break;
    code = code.subspan(instruction->length);
    at = instruction->end();
    all.push_back(std::move(*instruction));
  }
  return all;
}

Result<std::size_t> Disassembler::whole_instructions(std::span<const std::byte> code, RemoteAddr at, Abi abi,
                                                     std::size_t least) const {
  std::size_t covered = 0;
  while (covered < least) {
    const Instruction next = TETHER_TRY(decode(code.subspan(covered), at + covered, abi));
    covered += next.length;
  }
  return covered;
}

std::optional<RemoteAddr> Disassembler::find_previous(std::span<const std::byte> code, RemoteAddr start,
                                                      RemoteAddr boundary, Abi abi) const {
  RemoteAddr at = start;
  while (at < boundary && at.value - start.value < code.size()) {
    const auto next = decode(code.subspan(at.value - start.value), at, abi);
    if (!next.has_value()) return std::nullopt;
    if (next->end() == boundary) return at;
    at = next->end();
  }
  return std::nullopt;
}

}  // namespace tether::disasm
