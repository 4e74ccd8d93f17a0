#include "models/cim/unit_common.h"

#include "registers/cim.h"

namespace leyden::cim {

memory::Region input_region(const DecodedJob& decoded) {
  const Job& job = decoded.job;
  return {decoded.in_address, job.in_channels, job.in_pixel_stride, job.in_width * job.in_height};
}

memory::Region output_region(const DecodedJob& decoded) {
  const Job& job = decoded.job;
  return {decoded.out_address, job.position_bytes(), job.out_pixel_stride,
          job.out_width * job.out_height};
}

std::uint32_t macro_register(const MacroParameters& macro) {
  namespace field = registers::cim::macro;
  const unsigned post = macro.post.kind == PostKind::kNone ? 0 : macro.post.digital() ? 2 : 1;
  std::uint32_t word = 0;
  word = field::kInBits.set(word, macro.input_bits);
  word = field::kWeightBits.set(word, macro.weight_bits);
  word = field::kOutBits.set(word, macro.convert.bits);
  word = field::kRangeShift.set(word, macro.convert.range_shift);
  word = field::kPost.set(word, post);
  word = field::kRepresentation.set(word, static_cast<unsigned>(macro.cells.representation));
  word = field::kCellBits.set(word, macro.cells.bits);
  word = field::kPages.set(word, macro.cells.pages);
  return word;
}

std::uint32_t converter_register(const MacroParameters& macro) {
  return registers::cim::converter::kRangeBits.set(0, macro.convert.range_bits);
}

std::string not_written_sentence(const Job& job, const MacroParameters& macro) {
  return "the job of tile " + std::to_string(job.tile) +
         " uses weights or ABN entries that were never written since power came on: rows " +
         std::to_string(job.unit_first * macro.rows_per_unit) + " on, columns " +
         std::to_string(job.column_first) + " on; write them through the weight window first";
}

}  // namespace leyden::cim
