#pragma once

#include <nlohmann/json_fwd.hpp>

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "platform/chip/faults/fault.h"

namespace leyden::report {

/// What became of one image with faults, against the same image without (docs/faults.md).
enum class FaultOutcome {
  kMasked,    ///< class and output as without faults
  kDetected,  ///< firmware or hardware told of an error
  kSilent,    ///< the output differs, and nothing told
  kHang,      ///< no result within the limit
};
inline constexpr std::size_t kFaultOutcomes = 4;
inline constexpr std::array<std::string_view, kFaultOutcomes> kFaultOutcomeNames = {
    "masked", "detected", "silent", "hang"};

/// One image that did not end as without faults.
struct FaultedImage {
  std::uint64_t image = 0;
  FaultOutcome outcome = FaultOutcome::kSilent;
  std::string told;  ///< the sentence of its end, or where it differs first
};

/// One fault of one image.
struct ListedFault {
  std::uint64_t image = 0;
  chip::InjectedFault fault;
};

/// All images of a run, each with its faults on a chip of its own.
struct FaultFacts {
  std::uint32_t seed = 0;
  std::uint64_t images = 0;
  std::array<std::uint64_t, kFaultOutcomes> outcomes{};  ///< images; index = FaultOutcome
  std::uint64_t without_fault = 0;                       ///< images that no fault came to
  std::uint64_t wrong_class = 0;                         ///< silent ones whose class differs
  std::uint64_t undefined = 0;   ///< silent ones in which the chip did what has no defined result
  std::uint64_t correct = 0;     ///< images that got a result, and that of their label
  std::uint64_t finished = 0;    ///< images that got a result and ended well
  std::uint64_t latency_ps = 0;  ///< sum over these
  std::array<std::uint64_t, chip::kFaultTargets> injected{};  ///< index = FaultTarget
  std::map<std::string, std::uint64_t> first_layers;          ///< silent ones by first layer
  std::vector<FaultedImage> faulted;                          ///< the first ones
  std::vector<ListedFault> listed;                            ///< the first ones
};

/// The object `faults` of report.json.
nlohmann::ordered_json make_faults(const FaultFacts& facts, bool classifier);
/// Faults of one chip as a list of objects.
nlohmann::ordered_json injected_faults(const chip::FaultLog& log);
/// Its lines of the terminal's table.
std::string faults_table(const nlohmann::ordered_json& faults);

}  // namespace leyden::report
