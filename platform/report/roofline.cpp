#include "platform/report/roofline.h"

namespace leyden::report {

using Json = nlohmann::ordered_json;

Json make_roofline(const RooflineFacts& facts) {
  Json peaks = Json::array();
  for (const PeakFacts& peak : facts.peaks) {
    peaks.push_back({{"input_bits", peak.input_bits},
                     {"weight_bits", peak.weight_bits},
                     {"converter_bits", peak.converter_bits},
                     {"tops", peak.tops}});
  }
  Json bandwidths = Json::array();
  for (const MemoryFacts& memory : facts.memories) {
    bandwidths.push_back({{"name", memory.name}, {"gbytes_per_s", memory.gbytes_per_s}});
  }
  return {{"peaks", peaks}, {"bandwidths", bandwidths}};
}

Json bytes_moved(const RooflineFacts& facts, const Json& counts, double images) {
  Json out = Json::object();
  for (const MemoryFacts& memory : facts.memories) {
    double bytes = 0;
    for (const auto& [name, count] : counts.items()) {
      const std::string event = name.substr(0, name.find('@'));  // NAME@pointN
      for (const ByteEvent& known : memory.events) {
        if (event == known.event) bytes += known.bytes * count.get<double>();
      }
    }
    out[memory.name] = bytes / images;
  }
  return out;
}

}  // namespace leyden::report
