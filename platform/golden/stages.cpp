#include "platform/golden/stages.h"

#include <cmath>

#include "models/cim/conversion_terms.h"
#include "models/cim/im2col.h"
#include "models/cim/transfer.h"
#include "models/cim/trim.h"
#include "platform/golden/failure.h"

namespace leyden::golden {
namespace {

constexpr unsigned kMostRows = 8192;

void check_position(const cim::Job& job, std::uint32_t position) {
  check_range("position", position, 0, job.positions() - 1);
}

std::unique_ptr<cim::TransferCurves> curves_of(const GoldenChip& chip, const cim::Macro& macro,
                                               unsigned bits) {
  const cim::MacroParameters& parameters = macro.parameters();
  if (chip.fidelity() != base::Fidelity::kAnalog || !cim::has_transfer_curves(parameters.convert)) {
    return nullptr;
  }
  const cim::Die die(parameters, chip.draws().position.die, macro.instance(),
                     macro.array().repairs());
  return std::make_unique<cim::TransferCurves>(parameters, die, macro.instance(), bits,
                                               cim::converter_lsb_v(parameters, bits));
}

}  // namespace

void feeder_row(GoldenChip& chip, const cim::Macro& macro, const cim::DecodedJob& decoded,
                std::uint32_t position, std::uint8_t* row) {
  const cim::Job& job = decoded.job;
  require_valid(macro, job);
  check_position(job, position);
  const std::uint64_t pixels = std::uint64_t{job.in_width} * job.in_height;
  const std::uint8_t* input =
      chip.lmem_bytes(decoded.in_address, (pixels - 1) * job.in_pixel_stride + job.in_channels);
  cim::im2col(job, input, position, 1, row);
}

std::uint64_t feeder_beats(const cim::Macro& macro, const cim::Job& job, std::uint32_t position) {
  require_valid(macro, job);
  check_position(job, position);
  return cim::feeder_beats(job, macro.parameters().feeder()).of(position % job.out_width);
}

OutputStage::OutputStage(const GoldenChip& chip, cim::Macro& macro, const cim::Job& job)
    : macro_(macro), job_(job) {
  require_valid(macro, job);
  const cim::MacroParameters& parameters = macro.parameters();
  if (!macro.array().abn_written(job, parameters)) {
    require_accepted("CIM unit", static_cast<std::uint32_t>(cim::JobError::kNotWritten),
                     meaning_of(cim::JobError::kNotWritten));
  }
  if (!macro.array().gains_positive(job, parameters)) {
    require_accepted("CIM unit", static_cast<std::uint32_t>(cim::JobError::kAbn),
                     meaning_of(cim::JobError::kAbn));
  }
  cim::prepare_codes(job, parameters, macro.array(), codes_);
  if (parameters.post.digital()) return;  // gain and offset of numbers: nothing analog behind them
  if (chip.fidelity() == base::Fidelity::kAnalog) {
    cim::prepare_analog(job, parameters, macro.die(chip.draws().position.die), codes_);
    curves_ = curves_of(chip, macro, job.out_bits);
  }
  cim::apply_trims(job, parameters, macro.array(), codes_);
}

std::int32_t OutputStage::code(unsigned output, double dot_product) const {
  const double level = cim::code_level(codes_, output, dot_product, 0);
  if (!curves_) return cim::code_of_level(codes_, level);
  const unsigned column =
      job_.column_first + output * macro_.parameters().columns_per_output(job_.weight_bits);
  return static_cast<std::int32_t>(curves_->of_column(column).code(level)) -
         static_cast<std::int32_t>(codes_.partial_offset);
}

std::uint32_t converter_code(const GoldenChip& chip, cim::Macro& macro, unsigned column,
                             unsigned bits, double level) {
  const cim::MacroParameters& parameters = macro.parameters();
  const bool analog = chip.fidelity() == base::Fidelity::kAnalog;
  cim::CodeParameters codes;
  cim::prepare_converter(bits, parameters, analog ? &macro.die(chip.draws().position.die) : nullptr,
                         column, codes);
  const double bent = cim::code_level(codes, 0, level, 0);
  if (const auto curves = curves_of(chip, macro, bits)) {
    return curves->of_column(column).code(bent);
  }
  return static_cast<std::uint32_t>(cim::code_of_level(codes, bent));
}

std::int32_t abn_code(const AbnSetting& setting, std::int64_t dot_product) {
  check_range("gamma", setting.word & 0xffff, 1, 0xffff);
  check_range("line_rows", setting.line_rows, 1, kMostRows);
  check_range("in_bits", setting.in_bits, 1, 8);
  check_range("weight_bits", setting.weight_bits, 1, 8);
  check_range("out_bits", setting.out_bits, 1, 8);
  check_range("range_shift", setting.range_shift, 0, 8);
  const std::int64_t most = std::int64_t{setting.line_rows}
                            << (setting.in_bits + setting.weight_bits);
  if (dot_product < -most || dot_product > most) {
    throw Failure(LEYDEN_BAD_VALUE, "dot_product is " + std::to_string(dot_product) + ", but " +
                                        std::to_string(-most) + " to " + std::to_string(most) +
                                        " would be right for the rows and bits given.");
  }
  cim::MacroParameters macro;
  macro.rows = macro.rows_per_unit = setting.line_rows;
  macro.columns = 8;
  macro.abn_entries = 1;
  macro.convert.range_shift = setting.range_shift;
  macro.make_layouts();
  cim::Job job;
  job.window_count = setting.line_rows;
  job.unit_count = job.outputs = 1;
  job.in_bits = setting.in_bits;
  job.weight_bits = setting.weight_bits;
  job.out_bits = setting.out_bits;
  job.partial = setting.partial;
  cim::WeightArray array(macro, 0);
  array.write_abn(0, setting.word);
  cim::CodeParameters codes;
  cim::prepare_codes(job, macro, array, codes);
  return cim::code_of_level(codes, cim::code_level(codes, 0, static_cast<double>(dot_product), 0));
}

}  // namespace leyden::golden
