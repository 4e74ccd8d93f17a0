#pragma once

#include <cstdint>
#include <vector>

#include "platform/compiler/error_report.h"
#include "platform/compiler/reference.h"

namespace leyden::compiler {

/// Counts codes and errors of the conversions of a reference.
class ConverterWatch : public ConversionWatch {
 public:
  explicit ConverterWatch(const Plan& plan);

  void converted(std::size_t layer, std::size_t position, std::size_t output,
                 std::int64_t sum) override;
  /// After the last image.
  ConverterUse use(std::size_t layer) const;

 private:
  /// Of one layer.
  struct Counter {
    std::vector<std::uint64_t> codes;
    std::uint64_t clipped = 0;
    double clipping = 0;
    double truncation = 0;
    double signal = 0;  ///< power of the outputs
    double error = 0;
    std::vector<double> units;    ///< [output] codes of the output for D = 1
    std::vector<double> offsets;  ///< [output] sum where the output stands for 0, in its codes
    std::vector<double> sums;     ///< [output] over the parts that have come
    std::vector<double> errors;   ///< [output], in codes of the output
    std::vector<unsigned> parts;  ///< [output] that have come
  };

  /// When all parts of an output have come.
  static void flush(Counter& counter, std::size_t output);

  const Plan& plan_;
  unsigned scale_shift_;
  std::vector<Counter> counters_;
};

}  // namespace leyden::compiler
