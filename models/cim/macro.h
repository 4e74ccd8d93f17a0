#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "models/base/fidelity.h"
#include "models/base/random.h"
#include "models/cim/aligned.h"
#include "models/cim/array.h"
#include "models/cim/codes.h"
#include "models/cim/counts.h"
#include "models/cim/die.h"
#include "models/cim/digital.h"
#include "models/cim/digits.h"
#include "models/cim/effects.h"
#include "models/cim/product.h"
#include "models/cim/tile.h"

namespace leyden::cim {

/// Which draws a job makes; its tile number comes from the job.
struct JobDraws {
  base::DrawPosition position;
  std::uint32_t layer = 0;
};

/// A macro's arithmetic: cells, converters and stages, whole jobs at once, no SystemC. Used by the
/// CIM unit, by the compiler's host reference and by figures. Nothing is allocated for a job of a
/// size that ran before.
class Macro {
 public:
  /// @param instance  number of the macro on the chip: dies and power-up contents differ by it
  explicit Macro(const MacroParameters& parameters, unsigned instance = 0);
  Macro(const Macro&) = delete;  // what it owns refers to its parameters
  Macro& operator=(const Macro&) = delete;

  const MacroParameters& parameters() const { return parameters_; }
  unsigned instance() const { return instance_; }
  WeightArray& array() { return array_; }
  /// What is broken in it from now on: cells, columns and converters, by physical columns.
  /// @throws UsageError naming what lies outside the macro
  void set_faults(const MacroFaults& faults);
  const WeightArray& array() const { return array_; }

  /// Runs a valid job (validate()).
  /// @param input  pixel (0, 0), channel 0, of the input
  /// @param output positions x outputs, dense: bytes, or for a partial tile little-endian 32-bit
  ///               words; position_bytes() a position
  /// @return what it did (feed_bytes left 0)
  JobCounts run(const Job& job, const std::uint8_t* input, base::Fidelity fidelity,
                const JobDraws& draws, std::uint8_t* output);

  /// The same results computed per input bit and weight column, voltages in double: slow, for
  /// tests. Equal bit for bit when `temporal` is false; with noise, drawn apart for every sample.
  void run_bitwise(const Job& job, const std::uint8_t* input, base::Fidelity fidelity,
                   const JobDraws& draws, bool temporal, std::vector<double>& levels,
                   std::uint8_t* output);

  /// Levels before floor and clamp of the collapsed path: positions x outputs.
  /// @param temporal  whether temporal noise is drawn
  void levels(const Job& job, const std::uint8_t* input, base::Fidelity fidelity,
              const JobDraws& draws, bool temporal, std::vector<double>& levels);

  /// Steps that every position of the last job took, for job_timing(); nullptr without zero
  /// skipping.
  const std::uint32_t* steps_taken() const;

  /// What is frozen in this macro of a die; made when first asked for.
  const Die& die(std::uint32_t seed);
  std::uint64_t tiles_packed() const { return tiles_.packed(); }

 private:
  /// Positions whose scratch stays in the host's second-level cache.
  struct Block {
    std::size_t first = 0;
    std::size_t count = 0;
  };

  void place_converter_faults();
  /// After a change of the repair table: what stands in columns that are replaced now.
  void follow_repairs();
  /// Makes the sums of outputs whose converter is stuck ones that give its code.
  /// Where conversions are combined digitally and a converter is stuck, each is computed.
  bool converts_beside_stuck(base::Fidelity fidelity) const;
  void force_codes(const Job& job, std::size_t count, std::size_t stride, bool exact);
  /// Sets up the tile and codes_ of a job.
  Tile& begin(const Job& job, base::Fidelity fidelity, const JobDraws& draws, bool want_codes);
  /// Windows of a block in rows_, their products in sums_.
  void products(const Job& job, const std::uint8_t* input, const Block& block, Tile& tile);
  /// All of it at once: the reference paths.
  Tile& prepare(const Job& job, const std::uint8_t* input, base::Fidelity fidelity,
                const JobDraws& draws, bool want_codes);
  /// Results of `count` positions as the output holds them.
  void write_exact(const Job& job, std::size_t count, std::uint8_t* output) const;
  void write_codes(const Job& job, std::size_t count, std::uint8_t* output) const;
  void grow_result(const Job& job, std::size_t count);
  void draw_noise(const Job& job, const Block& block, const JobDraws& draws);
  Tile& prepare_digital(const Job& job, const std::uint8_t* input, base::Fidelity fidelity,
                        const JobDraws& draws);
  /// D^ of digital combining. @return the job's tile
  Tile& total(const Job& job, const std::uint8_t* input, base::Fidelity fidelity,
              const JobDraws& draws, bool temporal, const double*& totals);
  bool digital(base::Fidelity fidelity) const {
    return parameters_.post.digital() && fidelity != base::Fidelity::kIdeal;
  }
  /// The same, unless the conversions lose nothing: then D itself is scaled.
  bool converts_apart(const Job& job, base::Fidelity fidelity);
  void digital_levels(const Job& job, const std::uint8_t* input, base::Fidelity fidelity,
                      const JobDraws& draws, bool temporal, std::vector<double>& levels);
  /// Whether conversions are computed one by one, for what the vector passes do not know.
  bool by_effects(base::Fidelity fidelity) const {
    return has_effects_ && fidelity == base::Fidelity::kAnalog;
  }
  /// Whether a user's converter converts as designed, one conversion after the other.
  bool by_own(base::Fidelity fidelity) const {
    return parameters_.convert.own != nullptr && fidelity == base::Fidelity::kQuantised;
  }
  /// The same as convert_effects() for it.
  void convert_own(const Job& job, const Block& block, const Tile& tile,
                   std::vector<double>* levels);
  /// Its code of a level, as result_ holds it.
  std::int32_t nominal_code(const Job& job, double level) const;
  void prepare_effects(const Job& job, const JobDraws& draws, Tile& tile, unsigned out_bits);
  /// Levels and codes (in result_) of one conversion an output, after products().
  /// @param levels  positions x outputs of the block, or nullptr
  void convert_effects(const Job& job, const Block& block, const JobDraws& draws, const Tile& tile,
                       bool temporal, std::vector<double>* levels);
  /// Code by the transfer curve of a column's converter; where it is wanted the level becomes the
  /// equivalent one.
  std::int32_t curve_code(unsigned column, std::uint64_t conversion, bool temporal, double& level,
                          bool want_level) const;
  /// What the drivers do, of all positions of a job in order: begins, adds those in rows_.
  void start_counts(const Job& job);
  void add_counts(const Job& job, std::size_t positions);
  /// Whether position m takes no step and so has exactly the value 0.
  bool skips(base::Fidelity fidelity, std::size_t m) const {
    return parameters_.drive.zero_skipping && fidelity == base::Fidelity::kAnalog &&
           live_.steps()[m] == 0;
  }
  /// Codes of the positions of a block that take no step.
  void clear_skipped(const Job& job, const Block& block);
  JobCounts run_digital(const Job& job, const std::uint8_t* input, base::Fidelity fidelity,
                        const JobDraws& draws, std::uint8_t* output);
  JobCounts count(const Job& job, const Tile& tile);
  base::RandomStream stream(std::uint32_t purpose, const Job& job, const JobDraws& draws) const;

  MacroParameters parameters_;
  unsigned instance_;
  WeightArray array_;
  std::unique_ptr<Die> die_;
  TileCache tiles_;
  IntegerProduct product_;
  BitCounter bit_counter_;
  DigitCounter digit_counter_;
  LiveDigits live_;
  Conversions conversions_;
  DigitalPath digital_;
  bool has_effects_;
  MacroFaults physical_faults_;
  std::unique_ptr<MacroFaults> faults_;  ///< with stuck converters, where they stand, or nullptr
  std::vector<std::uint32_t> repairs_;   ///< Repairs::words() that are followed
  Effects effects_;
  CodeParameters codes_;
  // Scratch, grows to the largest block and stays.
  LineVector<std::uint8_t> rows_;     // im2col: positions x window_count
  LineVector<std::int32_t> sums_;     // positions x (main, correction)
  LineVector<float> draws_;           // positions x outputs + kLanes
  std::vector<std::int32_t> result_;  // positions x padded(outputs)
};

}  // namespace leyden::cim
