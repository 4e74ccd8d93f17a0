#include "tests/models/cpu/random_program.h"

#include <cstring>

namespace leyden::test {
namespace {

// Registers with a purpose: never a target of random instructions.
constexpr unsigned kStack = 2;     // x2: base of compressed stack accesses
constexpr unsigned kBase = 8;      // x8: base of compressed loads and stores
constexpr unsigned kData = 9;      // x9: base of other loads and stores
constexpr unsigned kPointer = 30;  // scratch for computed addresses
constexpr unsigned kCounter = 31;  // loop counter
constexpr unsigned kBlocks = 12;
constexpr unsigned kBlockLength = 60;
constexpr std::uint32_t kEbreak = 0x00100073;

std::uint32_t r_type(std::uint32_t opcode, unsigned rd, unsigned rs1, unsigned rs2) {
  return opcode | rd << 7 | rs1 << 15 | rs2 << 20;
}
std::uint32_t i_type(std::uint32_t opcode, unsigned rd, unsigned rs1, std::uint32_t imm) {
  return opcode | rd << 7 | rs1 << 15 | (imm & 0xfff) << 20;
}
std::uint32_t s_type(std::uint32_t opcode, unsigned rs1, unsigned rs2, std::uint32_t imm) {
  return opcode | (imm & 31) << 7 | rs1 << 15 | rs2 << 20 | (imm >> 5 & 127) << 25;
}
std::uint32_t b_type(std::uint32_t opcode, unsigned rs1, unsigned rs2, std::uint32_t imm) {
  return opcode | (imm >> 11 & 1) << 7 | (imm >> 1 & 15) << 8 | rs1 << 15 | rs2 << 20 |
         (imm >> 5 & 63) << 25 | (imm >> 12 & 1) << 31;
}
std::uint32_t j_type(unsigned rd, std::uint32_t imm) {
  return 0x6fu | rd << 7 | (imm >> 12 & 255) << 12 | (imm >> 11 & 1) << 20 |
         (imm >> 1 & 1023) << 21 | (imm >> 20 & 1) << 31;
}

}  // namespace

Program RandomProgram::make() {
  Program program;
  program.seed = seed_;
  for (unsigned i = 0; i < kBlocks; ++i) {
    block();
    program.marks.push_back(kCodeBase + here());
    emit(kEbreak);
  }
  program.memory.resize(kMemoryBytes);
  std::memcpy(program.memory.data(), code_.data(), code_.size());
  for (std::uint32_t i = kDataBase - kCodeBase; i < kMemoryBytes; ++i) {
    program.memory[i] = static_cast<std::uint8_t>(random_());
  }
  for (auto& value : program.registers) value = corner();
  program.registers[kStack] = kDataBase + 0x1000;
  program.registers[kBase] = kDataBase + 0x2000;
  program.registers[kData] = kDataBase + 0x4000;
  return program;
}

unsigned RandomProgram::target() {
  for (;;) {
    const unsigned index = draw(32);
    if (index != kStack && index != kBase && index != kData && index != kPointer &&
        index != kCounter) {
      return index;
    }
  }
}

std::uint32_t RandomProgram::corner() {
  static constexpr std::uint32_t kCorners[] = {
      0, 1, 2, 0xffffffff, 0x80000000, 0x7fffffff, 0xfffffffe, 0x80000001, 31, 32, 0xffff, 0x10000};
  const std::uint32_t pick = draw(2 * std::size(kCorners));
  return pick < std::size(kCorners) ? kCorners[pick] : static_cast<std::uint32_t>(random_());
}

void RandomProgram::emit(std::uint32_t word) {
  emit_half(word & 0xffff);
  emit_half(word >> 16);
}

void RandomProgram::emit_half(std::uint32_t half) {
  code_.push_back(static_cast<std::uint8_t>(half));
  code_.push_back(static_cast<std::uint8_t>(half >> 8));
}

void RandomProgram::block() {
  // Fresh corner values now and then, or products and shifts lose all variety.
  for (unsigned i = 0; i < 3; ++i) {
    const std::uint32_t value = corner();
    const unsigned rd = target();
    emit(0x37u | rd << 7 | ((value + 0x800) & 0xfffff000));
    emit(i_type(0x13, rd, rd, value));
  }
  for (unsigned i = 0; i < kBlockLength; ++i) instruction();
}

void RandomProgram::instruction() {
  if (surprises_ && draw(200) == 0) code_change();
  if (surprises_ && draw(50) == 0) straight(100);  // longer than a decoded block
  switch (draw(12)) {
    case 0:
      forward_branch();
      break;
    case 1:
      forward_jump();
      break;
    case 2:
      compressed_branch();
      break;
    case 3:
      if (draw(8) == 0)
        loop();
      else
        straight(1);
      break;
    default:
      straight(1);
  }
}

void RandomProgram::straight(unsigned count) {
  for (unsigned i = 0; i < count; ++i) {
    switch (draw(surprises_ ? 18 : 16)) {
      case 16:
        bit_manipulation();
        break;
      case 17:
        if (draw(3) == 0) counter_read();
        break;
      case 0:
      case 1:
      case 2:
        register_operation();
        break;
      case 3:
      case 4:
      case 5:
        immediate_operation();
        break;
      case 6:
        upper_immediate();
        break;
      case 7:
      case 8:
        memory_access();
        break;
      case 9:
        atomic();
        break;
      case 10:
        reservation();
        break;
      case 11:
        compressed_memory();
        break;
      case 12:
        emit(0x0ff0000f);
        break;  // fence
      default:
        compressed();
    }
  }
}

void RandomProgram::register_operation() {
  static constexpr std::uint32_t kOpcodes[] = {
      0x00000033, 0x40000033, 0x00001033, 0x00002033, 0x00003033, 0x00004033,
      0x00005033, 0x40005033, 0x00006033, 0x00007033, 0x02000033, 0x02001033,
      0x02002033, 0x02003033, 0x02004033, 0x02005033, 0x02006033, 0x02007033};
  emit(r_type(kOpcodes[draw(std::size(kOpcodes))], target(), source(), source()));
}

void RandomProgram::bit_manipulation() {
  static constexpr std::uint32_t kBinary[] = {0x20002033, 0x20004033, 0x20006033, 0x40007033,
                                              0x40006033, 0x40004033, 0x0a004033, 0x0a005033,
                                              0x0a006033, 0x0a007033, 0x60001033, 0x60005033,
                                              0x48001033, 0x48005033, 0x68001033, 0x28001033};
  static constexpr std::uint32_t kShifts[] = {0x60005013, 0x48001013, 0x48005013, 0x68001013,
                                              0x28001013};
  static constexpr std::uint32_t kUnary[] = {0x60001013, 0x60101013, 0x60201013, 0x60401013,
                                             0x60501013, 0x08004033, 0x28705013, 0x69805013};
  switch (draw(4)) {
    case 0:
      emit(r_type(kShifts[draw(std::size(kShifts))], target(), source(), bits(5)));
      break;
    case 1:
      emit(r_type(kUnary[draw(std::size(kUnary))], target(), source(), 0));
      break;
    default:
      emit(r_type(kBinary[draw(std::size(kBinary))], target(), source(), source()));
  }
}

/// Reads mcycle, minstret or a performance counter.
void RandomProgram::counter_read() {
  static constexpr std::uint32_t kCounters[] = {0xb00, 0xb02, 0xb03, 0xb04, 0xb05, 0xb06, 0xc00};
  emit(i_type(0x2073, target(), 0, kCounters[draw(std::size(kCounters))]));
}

void RandomProgram::immediate_operation() {
  static constexpr std::uint32_t kOpcodes[] = {0x13, 0x2013, 0x3013, 0x4013, 0x6013, 0x7013};
  static constexpr std::uint32_t kShifts[] = {0x1013, 0x5013, 0x40005013};
  if (draw(3) == 0) {
    emit(r_type(kShifts[draw(3)], target(), source(), bits(5)));
  } else {
    emit(i_type(kOpcodes[draw(6)], target(), source(), bits(12)));
  }
}

void RandomProgram::upper_immediate() {
  emit((draw(2) != 0 ? 0x37u : 0x17u) | target() << 7 | bits(20) << 12);
}

void RandomProgram::memory_access() {
  struct Access {
    std::uint32_t opcode;
    std::uint32_t align;
    bool store;
  };
  static constexpr Access kAccesses[] = {{0x0003, 1, false}, {0x1003, 2, false}, {0x2003, 4, false},
                                         {0x4003, 1, false}, {0x5003, 2, false}, {0x0023, 1, true},
                                         {0x1023, 2, true},  {0x2023, 4, true}};
  const Access& access = kAccesses[draw(std::size(kAccesses))];
  const bool is_aligned = !surprises_ || draw(16) != 0;
  const std::uint32_t offset = bits(12) & (is_aligned ? ~(access.align - 1) : ~0u);
  if (access.store) {
    emit(s_type(access.opcode, kData, source(), offset));
  } else {
    emit(i_type(access.opcode, target(), kData, offset));
  }
}

void RandomProgram::atomic() {
  static constexpr std::uint32_t kFunctions[] = {0x08, 0x00, 0x20, 0x60, 0x40,
                                                 0x80, 0xa0, 0xc0, 0xe0};
  emit(i_type(0x13, kPointer, kData, bits(9) << 2));
  emit(r_type(0x2f | 2u << 12 | kFunctions[draw(9)] << 24 | bits(2) << 25, target(), kPointer,
              source()));
}

void RandomProgram::reservation() {
  emit(i_type(0x13, kPointer, kData, bits(9) << 2));
  emit(r_type(0x1000202f | bits(2) << 25, target(), kPointer, 0));
  const unsigned change = draw(4);
  if (change == 0) emit(i_type(0x13, kPointer, kPointer, 4));  // another address: must fail
  if (change == 1) emit(r_type(0x33, target(), source(), source()));
  emit(r_type(0x1800202f | bits(2) << 25, target(), kPointer, source()));
  if (draw(3) == 0) emit(r_type(0x1800202f, target(), kPointer, source()));  // none left
}

void RandomProgram::forward_branch() {
  static constexpr std::uint32_t kOpcodes[] = {0x63, 0x1063, 0x4063, 0x5063, 0x6063, 0x7063};
  const std::size_t at = code_.size();
  const std::uint32_t opcode = kOpcodes[draw(6)];
  const unsigned rs1 = source();
  const unsigned rs2 = draw(4) == 0 ? rs1 : source();
  emit(0);
  straight(draw(6));
  const std::uint32_t word =
      b_type(opcode, rs1, rs2, static_cast<std::uint32_t>(code_.size() - at));
  std::memcpy(code_.data() + at, &word, 4);
}

void RandomProgram::forward_jump() {
  const unsigned kind = draw(3);
  const unsigned rd = target();
  std::size_t at = code_.size();
  if (kind == 0) {  // jal
    emit(0);
    straight(draw(4));
    const std::uint32_t word = j_type(rd, static_cast<std::uint32_t>(code_.size() - at));
    std::memcpy(code_.data() + at, &word, 4);
    return;
  }
  // auipc, then an indirect jump: jalr, or c.jr / c.jalr after an addi
  emit(0x17u | kPointer << 7);
  const std::size_t place = code_.size();
  emit(0);
  const bool is_compressed = kind == 2;
  const bool link = draw(2) != 0;
  if (is_compressed) emit_half((link ? 0x9002u : 0x8002u) | kPointer << 7);
  straight(draw(4));
  const auto distance = static_cast<std::uint32_t>(code_.size() - at);
  // Bit 0 of a jalr's target is dropped.
  const std::uint32_t word = is_compressed ? i_type(0x13, kPointer, kPointer, distance)
                                           : i_type(0x67, rd, kPointer, distance | draw(2));
  std::memcpy(code_.data() + place, &word, 4);
}

void RandomProgram::loop() {
  emit(i_type(0x13, kCounter, 0, 1 + draw(5)));
  const std::size_t start = code_.size();
  straight(1 + draw(70));  // some longer than a decoded block
  emit(i_type(0x13, kCounter, kCounter, 0xfff));
  const auto back = static_cast<std::uint32_t>(start - code_.size());
  emit(b_type(0x1063, kCounter, 0, back));
}

/// A loop that stores its counter into the upper half of one of its instructions: immediate and
/// upper bits of rs1.
void RandomProgram::code_change() {
  emit(i_type(0x13, kCounter, 0, 1 + draw(5)));
  const std::size_t start = code_.size();
  emit(0x17u | kPointer << 7);  // auipc
  const std::size_t store = code_.size();
  emit(0);
  if (draw(3) == 0) emit(0x0000100f);     // fence.i
  if (draw(2) == 0) emit(j_type(0, 4));   // what is changed is another decoded block
  straight(draw(2) == 0 ? 30 : draw(6));  // in another line of memory, or near
  const auto distance = static_cast<std::uint32_t>(code_.size() - start) + 2;
  emit(i_type(0x13, target(), source(), bits(12)));
  const std::uint32_t word = s_type(0x1023, kPointer, kCounter, distance);
  std::memcpy(code_.data() + store, &word, 4);
  emit(i_type(0x13, kCounter, kCounter, 0xfff));
  emit(b_type(0x1063, kCounter, 0, static_cast<std::uint32_t>(start - code_.size())));
}

void RandomProgram::compressed() {
  const unsigned rd = target();
  const unsigned full = rd == 0 ? 1 : rd;
  const unsigned other = 1 + draw(31);
  const unsigned low = 2 + draw(6);  // x10..x15 as a short field
  const unsigned low2 = draw(8);
  switch (draw(13)) {
    case 0:
      emit_half(0x0001u | bits(1) << 12 | full << 7 | bits(5) << 2);
      break;  // c.addi
    case 1:
      emit_half(0x4001u | bits(1) << 12 | full << 7 | bits(5) << 2);
      break;  // c.li
    case 2:
      emit_half(0x6001u | bits(1) << 12 | full << 7 | (1 + draw(31)) << 2);
      break;  // c.lui
    case 3:
      emit_half(0x0000u | (1 + draw(255)) << 5 | low << 2);
      break;  // c.addi4spn
    case 4:
      emit_half(0x8001u | low << 7 | bits(5) << 2);
      break;  // c.srli
    case 5:
      emit_half(0x8401u | low << 7 | bits(5) << 2);
      break;  // c.srai
    case 6:
      emit_half(0x8801u | bits(1) << 12 | low << 7 | bits(5) << 2);
      break;  // c.andi
    case 7:
      emit_half(0x8c01u | low << 7 | bits(2) << 5 | low2 << 2);
      break;  // c.sub, xor, or, and
    case 8:
      emit_half(0x0002u | full << 7 | bits(5) << 2);
      break;  // c.slli
    case 9:
      emit_half(0x8002u | full << 7 | other << 2);
      break;  // c.mv
    case 10:
      emit_half(0x9002u | full << 7 | other << 2);
      break;  // c.add
    case 11:  // c.addi16sp: 16 and -16, so that the stack stays where it is
      emit_half(0x6101u | 1u << 6);
      emit_half(0x6101u | 1u << 12 | 1u << 6 | 1u << 5 | 3u << 3 | 1u << 2);
      break;
    default:
      emit_half(0x0001u);
      break;  // c.nop
  }
}

void RandomProgram::compressed_memory() {
  const unsigned low = 2 + draw(6);
  const unsigned rd = target();
  switch (draw(4)) {
    case 0:
      emit_half(0x4000u | bits(3) << 10 | 0u << 7 | bits(2) << 5 | low << 2);
      break;
    case 1:
      emit_half(0xc000u | bits(3) << 10 | 0u << 7 | bits(2) << 5 | draw(8) << 2);
      break;
    case 2:
      emit_half(0x4002u | bits(1) << 12 | (rd == 0 ? 1 : rd) << 7 | bits(5) << 2);
      break;
    default:
      emit_half(0xc002u | bits(6) << 7 | source() << 2);
      break;
  }
}

void RandomProgram::compressed_branch() {
  const std::size_t at = code_.size();
  const unsigned kind = draw(4);
  emit_half(0);
  straight(draw(5));
  const auto d = static_cast<std::uint32_t>(code_.size() - at);
  std::uint32_t half = 0;
  if (kind < 2) {  // c.beqz, c.bnez
    half = (kind == 0 ? 0xc001u : 0xe001u) | (d >> 8 & 1) << 12 | (d >> 3 & 3) << 10 |
           draw(8) << 7 | (d >> 6 & 3) << 5 | (d >> 1 & 3) << 3 | (d >> 5 & 1) << 2;
  } else {  // c.j, c.jal
    half = (kind == 2 ? 0xa001u : 0x2001u) | (d >> 11 & 1) << 12 | (d >> 4 & 1) << 11 |
           (d >> 8 & 3) << 9 | (d >> 10 & 1) << 8 | (d >> 6 & 1) << 7 | (d >> 7 & 1) << 6 |
           (d >> 1 & 7) << 3 | (d >> 5 & 1) << 2;
  }
  const auto word = static_cast<std::uint16_t>(half);
  std::memcpy(code_.data() + at, &word, 2);
}

}  // namespace leyden::test
