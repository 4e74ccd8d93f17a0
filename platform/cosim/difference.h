#pragma once

#include <cstdint>
#include <exception>
#include <optional>
#include <string>

namespace leyden::cosim {

/// The first place where two implementations of a block, or a block and a recording of it, are not
/// the same. Replay and lock-step compare end with it (exit status 4).
struct Difference {
  std::uint64_t time_ps = 0;
  std::uint64_t cycle = 0;             ///< of the chip's clock
  std::optional<std::uint32_t> layer;  ///< PERF's LAYER register; none outside of the network's
  std::string layer_name;              ///< or "boot", "input", ...; "" where it is not known
  std::optional<std::uint64_t> job;    ///< of the unit, from 0 since the run began
  std::string unit;                    ///< "cim0", "dma1", ...
  std::string where;                   ///< "register STATUS", "byte at 0x20000010", ...
  std::string expected;
  std::string found;

  /// "At 12.340 us (cycle 1234), layer 3 (conv2), job 7 of cim0: register STATUS: expected 0x2,
  /// found 0x0"; parts that are not known are left out.
  std::string sentence() const;
};

/// Picoseconds as people read them, without rounding: "12.340 us", "1.5 ns" as "1.500 ns".
std::string time_text(std::uint64_t time_ps);
/// "0x2".
std::string hex(std::uint64_t value);

/// Ends a simulation at the first difference. No std::runtime_error, so that nothing between takes
/// it for another.
class DifferenceFound : public std::exception {
 public:
  explicit DifferenceFound(Difference difference);
  const Difference& difference() const { return difference_; }
  /// The sentence.
  const char* what() const noexcept override { return sentence_.c_str(); }

 private:
  Difference difference_;
  std::string sentence_;
};

}  // namespace leyden::cosim
