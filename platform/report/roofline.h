#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace leyden::report {

/// Bytes that one event moves.
struct ByteEvent {
  std::string event;  ///< name of an event kind
  double bytes = 0;
};

/// Where bytes move: off-chip memory, LMEM, the weight window.
struct MemoryFacts {
  std::string name;
  double gbytes_per_s = 0;  ///< at most
  std::vector<ByteEvent> events;
};

/// What the macros could do at most with codes of these bits.
struct PeakFacts {
  unsigned input_bits = 0;
  unsigned weight_bits = 0;
  unsigned converter_bits = 0;
  double tops = 0;  ///< of all macros, arrays full, two operations a multiply-accumulate
};

/// The roofs that the speed of a layer stays below: min(peak, bandwidth x operations / bytes).
struct RooflineFacts {
  std::vector<PeakFacts> peaks;
  std::vector<MemoryFacts> memories;
};

nlohmann::ordered_json make_roofline(const RooflineFacts& facts);

/// Bytes moved at every memory, mean over images, from the counts of its events at all operating
/// points. @param counts as event_counts_sum
nlohmann::ordered_json bytes_moved(const RooflineFacts& facts, const nlohmann::ordered_json& counts,
                                   double images);

}  // namespace leyden::report
