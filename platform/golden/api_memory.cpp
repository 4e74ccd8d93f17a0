// Weight windows and LMEM.
#include <cstring>

#include "models/cim/weight_access.h"
#include "platform/golden/calls.h"

using leyden::golden::call_with;
using leyden::golden::check_pointer;
using leyden::golden::clear;
using leyden::golden::GoldenChip;

namespace {

void access(GoldenChip& chip, std::uint32_t macro, std::uint32_t offset, std::size_t count,
            const leyden::cim::WindowBytes& bytes) {
  std::uint64_t rows = 0;
  leyden::cim::WeightArray& array = chip.macro(macro).array();
  if (leyden::cim::access_weight_window(array, offset, count, bytes, rows)) return;
  namespace golden = leyden::golden;
  throw golden::Failure(
      LEYDEN_OUTSIDE,
      "An access of " + std::to_string(count) + " bytes at offset " + golden::hex(offset) +
          " of the weight window is outside the cells (" + std::to_string(array.cell_bytes()) +
          " bytes), the ABN table (whole words, " + std::to_string(array.abn_bytes()) +
          " bytes from 0x80000), the trim table (whole words, " +
          std::to_string(array.trim_bytes()) + " bytes from 0xc0000) and the range table (" +
          (array.range_bytes() == 0
               ? std::string("of which this macro has none")
               : "whole words up to " + std::to_string(array.highest_range()) + ", " +
                     std::to_string(array.range_bytes()) + " bytes from 0xf0000") +
          ").");
}

void check_bytes(const void* bytes, std::size_t count) {
  if (count > 0) check_pointer("bytes", bytes);
}

}  // namespace

extern "C" {

leyden_status leyden_weights_write(leyden_chip* chip, uint32_t macro, uint32_t offset,
                                   const uint8_t* bytes, size_t count) {
  return call_with(chip, [&](GoldenChip& golden) {
    check_bytes(bytes, count);
    const std::uint8_t none = 0;
    access(golden, macro, offset, count, {count > 0 ? bytes : &none, nullptr});
  });
}

leyden_status leyden_weights_read(leyden_chip* chip, uint32_t macro, uint32_t offset,
                                  uint8_t* bytes, size_t count) {
  return call_with(chip, [&](GoldenChip& golden) {
    check_bytes(bytes, count);
    access(golden, macro, offset, count, {nullptr, bytes});
  });
}

leyden_status leyden_weights_power_off(leyden_chip* chip, uint32_t macro) {
  return call_with(chip, [&](GoldenChip& golden) { golden.macro(macro).array().power_off(); });
}

leyden_status leyden_weights_put(leyden_chip* chip, uint32_t macro, uint32_t offset,
                                 uint32_t word) {
  std::uint8_t bytes[4];
  std::memcpy(bytes, &word, 4);
  return leyden_weights_write(chip, macro, offset, bytes, 4);
}

leyden_status leyden_weights_get(leyden_chip* chip, uint32_t macro, uint32_t offset,
                                 uint32_t* word) {
  clear(word);
  return call_with(chip, [&](GoldenChip& golden) {
    check_pointer("word", word);
    std::uint8_t bytes[4];
    access(golden, macro, offset, 4, {nullptr, bytes});
    std::memcpy(word, bytes, 4);
  });
}

leyden_status leyden_lmem_write(leyden_chip* chip, uint32_t address, const uint8_t* bytes,
                                size_t count) {
  return call_with(chip, [&](GoldenChip& golden) {
    check_bytes(bytes, count);
    std::uint8_t* to = golden.lmem_bytes(address, count);
    if (count > 0) std::memcpy(to, bytes, count);
  });
}

leyden_status leyden_lmem_read(leyden_chip* chip, uint32_t address, uint8_t* bytes, size_t count) {
  return call_with(chip, [&](GoldenChip& golden) {
    check_bytes(bytes, count);
    const std::uint8_t* from = golden.lmem_bytes(address, count);
    if (count > 0) std::memcpy(bytes, from, count);
  });
}

leyden_status leyden_lmem_put(leyden_chip* chip, uint32_t address, uint8_t value) {
  return leyden_lmem_write(chip, address, &value, 1);
}

leyden_status leyden_lmem_get(leyden_chip* chip, uint32_t address, uint8_t* value) {
  clear(value);
  return call_with(chip, [&](GoldenChip& golden) {
    check_pointer("value", value);
    *value = *golden.lmem_bytes(address, 1);
  });
}

}  // extern "C"
