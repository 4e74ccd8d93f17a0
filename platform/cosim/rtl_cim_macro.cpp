#include "platform/cosim/rtl_cim_macro.h"

#include <algorithm>
#include <array>
#include <utility>

#include "models/cim/im2col.h"

namespace leyden::cosim {
namespace {

constexpr std::size_t kBeat = 16;

}  // namespace

CimMacroSide::CimMacroSide(std::function<void(const WrongLine&)> on_wrong)
    : on_wrong_(std::move(on_wrong)) {}

void CimMacroSide::answer(bool not_written, bool no_gain) {
  if (never_answers_) return;
  pins.checked.write(true);
  pins.not_written.write(not_written);
  pins.no_gain.write(no_gain);
  answering_ = true;
}

void CimMacroSide::begin(cim::Macro& macro, const cim::Job& job, const std::uint8_t* input,
                         std::size_t input_bytes, base::Fidelity fidelity,
                         const cim::JobDraws& draws, double clock_hz) {
  job_ = job;
  input_.assign(input, input + input_bytes);
  if (other_byte_ > 0) input_[other_byte_ - 1] ^= 1;
  other_byte_ = 0;
  results_.resize(job.positions() * job.position_bytes());
  counts_ = macro.run(job, input_.data(), fidelity, draws, results_.data());
  const std::uint32_t* steps = macro.steps_taken();
  steps_.assign(steps, steps == nullptr ? steps : steps + job.positions());
  timing_ = cim::job_timing(job, macro.parameters(), clock_hz, steps);
  const cim::MacroParameters& parameters = macro.parameters();
  first_line_ = std::size_t{job.unit_first % parameters.page_units()} * parameters.rows_per_unit;
  line_count_ = job.line_rows(parameters);
  row_.resize(line_count_);
  launched_ = compared_ = loaded_ = phase_ = 0;
  taken_ = 0;
}

std::string CimMacroSide::wrong_field(std::uint32_t& expected, std::uint32_t& found) const {
  const std::array<std::pair<const PinSignal<16>*, std::uint32_t>, 5> words{
      {{&pins.column_first, job_.column_first},
       {&pins.window_count, job_.window_count},
       {&pins.outputs, job_.outputs},
       {&pins.tile, job_.tile},
       {&pins.abn_first, job_.abn_first}}};
  const std::array<std::pair<const PinSignal<8>*, std::uint32_t>, 5> bytes{
      {{&pins.unit_first, job_.unit_first},
       {&pins.unit_count, job_.unit_count},
       {&pins.in_bits, job_.in_bits},
       {&pins.weight_bits, job_.weight_bits},
       {&pins.out_bits, job_.out_bits}}};
  const auto wrong = [&](const auto& fields) -> std::string {
    for (const auto& [pin, value] : fields) {
      expected = value;
      found = pin->read();
      if (found != expected) return pin->basename();
    }
    return "";
  };
  std::string field = wrong(words);
  if (field.empty()) field = wrong(bytes);
  if (field.empty() && pins.partial.read() != job_.partial) {
    expected = job_.partial ? 1 : 0;
    found = 1 - expected;
    field = pins.partial.basename();
  }
  if (field.empty() && pins.range.read() != job_.range) {
    expected = job_.range;
    found = pins.range.read();
    field = pins.range.basename();
  }
  return field;
}

std::uint64_t CimMacroSide::phases_of(std::uint64_t position) const {
  return steps_.empty() ? timing_.phases : steps_[position];
}

bool CimMacroSide::Phase::step(bool start, std::uint64_t cycles) {
  if (left > 0) --left;
  if (start) left = std::max<std::uint64_t>(cycles, 1);
  return left == 1;
}

CimMacroSide::Cycle CimMacroSide::on_edge() {
  Cycle cycle;
  cycle.launch = pins.launch.read();
  cycle.array_start = pins.array_start.read();
  cycle.array_done = pins.array_done.read();
  cycle.array_busy = array_.left > 0;
  cycle.conv_start = pins.conv_start.read();
  cycle.conv_done = pins.conv_done.read();
  cycle.conv_busy = converter_.left > 0;
  cycle.res_load = pins.res_load.read();
  if (answering_) {
    pins.checked.write(false);
    answering_ = false;
  }

  // 1. Phases. A position without any says so in the cycle after its launch.
  if (cycle.launch) {
    ++launched_;
    phase_ = 0;
  }
  const std::uint64_t phases = launched_ == 0 ? 1 : phases_of(launched_ - 1);
  if (cycle.array_start) ++phase_;
  const bool skip = phases == 0;
  const bool array_ends =
      array_.step(cycle.array_start, skip ? 1 : timing_.phase_mvm_cycles) && !never_ends_;
  if (never_ends_ && array_.left == 1) ++array_.left;
  pins.array_done.write(array_ends);
  pins.last.write(array_ends && phase_ >= phases);
  pins.skip.write(array_ends && skip);
  pins.conv_done.write(converter_.step(cycle.conv_start, timing_.phase_convert_cycles));

  // 2. Results.
  if (cycle.res_load) {
    ++loaded_;
    taken_ = 0;
  } else if (pins.res_take.read()) {
    taken_ += kBeat;
  }
  if (cycle.res_load || pins.res_take.read()) present_results();
  return cycle;
}

void CimMacroSide::present_results() {
  std::array<std::uint8_t, kBeat> beat{};
  const std::size_t bytes = job_.position_bytes();
  if (loaded_ > 0 && taken_ < bytes) {
    const auto from =
        results_.begin() + static_cast<std::ptrdiff_t>((loaded_ - 1) * bytes + taken_);
    std::copy_n(from, std::min(kBeat, bytes - taken_), beat.begin());
  }
  pins.res_data.write(pin_from_bytes<128>(beat.data()));
}

void CimMacroSide::word_lines(const std::uint8_t* lines) {
  // What stands there at power-up is nobody's row.
  if (job_.window_count == 0) return;
  std::fill(row_.begin(), row_.end(), std::uint8_t{0});
  cim::im2col(job_, input_.data(), compared_, 1, row_.data());
  const std::uint8_t* used = lines + first_line_;
  const auto [wrong, found] = std::mismatch(row_.begin(), row_.end(), used);
  if (wrong != row_.end()) {
    const auto element = static_cast<std::size_t>(wrong - row_.begin());
    on_wrong_({compared_, first_line_ + element, element, *wrong, *found});
  }
  ++compared_;
}

std::string CimMacroSide::waits_for() const {
  const std::string position = "of position " + std::to_string(launched_ == 0 ? 0 : launched_ - 1);
  if (pins.check.read() || launched_ == 0) return "";
  if (array_.left > 0) return "the macro has not ended its array phase " + position;
  if (converter_.left > 0) return "the macro has not ended its conversion " + position;
  return "";
}

}  // namespace leyden::cosim
