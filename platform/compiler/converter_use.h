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
  ConverterUse use(std::size_t layer);

 private:
  /// Of one layer.
  struct Counter {
    std::vector<std::uint64_t> codes;
    std::uint64_t clipped = 0;
    double clipping = 0;
    double truncation = 0;
    double signal = 0;  ///< power of the dot products
    double error = 0;
    std::size_t position = 0;
    bool seen = false;            ///< something of the position
    std::vector<double> offsets;  ///< [output] of D where the output stands for 0
    std::vector<double> sums;     ///< [output] of the position, over the parts
    std::vector<double> errors;   ///< [output], in units of D
  };

  static void flush(Counter& counter);

  const Plan& plan_;
  unsigned scale_shift_;
  std::vector<Counter> counters_;
};

}  // namespace leyden::compiler
