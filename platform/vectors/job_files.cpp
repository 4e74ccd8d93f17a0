#include "platform/vectors/job_files.h"

#include "models/base/error.h"
#include "registers/cim.h"
#include "registers/memory_map.h"

namespace leyden::vectors {
namespace {

constexpr std::uint64_t kMostRegion = std::uint64_t{1} << 30;  ///< bytes

nlohmann::ordered_json region_json(const RegionData& region) {
  return {{"address", region.address},
          {"run_bytes", region.length},
          {"stride", region.stride},
          {"runs", region.count},
          {"wait_cycles", region.wait_cycles}};
}

RegionData region_of(const ManifestNode& node, const ByteMap& bytes, const std::string& file) {
  RegionData region;
  region.address = node.number("address", UINT32_MAX);
  region.length = static_cast<std::uint32_t>(node.number("run_bytes", kMostRegion));
  region.stride = static_cast<std::uint32_t>(node.number("stride", UINT32_MAX));
  region.count = static_cast<std::uint32_t>(node.number("runs", kMostRegion));
  region.wait_cycles = node.number("wait_cycles", UINT32_MAX);
  if (region.count == 0 || std::uint64_t{region.length} * region.count > kMostRegion) {
    node.fail("the region has no bytes, or over " + std::to_string(kMostRegion));
  }
  if (!take_from(bytes, region)) {
    node.fail("the region has bytes that " + file + " does not have");
  }
  return region;
}

MemoryWords rows_of(const JobVectors& job) {
  MemoryWords memory;
  memory.width_bits = 8 * job.row_bytes;
  for (std::size_t at = 0; at < job.rows.size(); at += job.row_bytes) {
    const auto begin = job.rows.begin() + static_cast<std::ptrdiff_t>(at);
    memory.words[at / job.row_bytes].assign(begin, begin + job.row_bytes);
  }
  return memory;
}

ByteMap map_of(std::uint64_t address, const std::vector<std::uint8_t>& bytes) {
  ByteMap map;
  for (std::size_t i = 0; i < bytes.size(); ++i) map[address + i] = bytes[i];
  return map;
}

/// Words of a table that follow each other, and the index of the first.
std::vector<std::uint32_t> table(const Folder& folder, const std::string& name,
                                 std::uint32_t& first) {
  std::vector<std::uint32_t> words;
  const MemoryWords memory = folder.memory(name);
  if (memory.width_bits != 32) {
    throw base::UsageError(folder.path_of(kManifest) + ": " + name +
                           " must have words of 32 bits.");
  }
  if (!memory.words.empty()) first = static_cast<std::uint32_t>(memory.words.begin()->first);
  for (const auto& [index, word] : memory.words) {
    if (index != std::uint64_t{first} + words.size()) {
      throw base::UsageError(folder.path_of(name) + " lacks the word of index " +
                             std::to_string(first + words.size()) + ".");
    }
    Event event;
    event.data = word;
    words.push_back(event.word());
  }
  return words;
}

}  // namespace

nlohmann::ordered_json write_job(FolderWriter& folder, const JobVectors& job,
                                 const std::string& prefix) {
  const std::string of = "job " + std::to_string(job.number) + " (" + job.unit + ")";
  nlohmann::ordered_json entry = {
      {"number", job.number}, {"folder", prefix}, {"unit", job.unit}, {"unit_job", job.unit_job}};
  if (job.layer) {
    entry["layer"] = *job.layer;
    entry["layer_name"] = job.layer_name;
  }
  if (job.is_cim()) entry["tile"] = job.tile;
  entry["draw_image"] = job.image;
  entry["start_ps"] = job.start_ps;
  entry["start_cycle"] = job.start_cycle;
  entry["start_delay_ps"] = job.start_delay_ps;
  entry["cycles"] = job.cycles;
  entry["output"] = region_json(job.write);
  entry["inputs"] = nlohmann::ordered_json::array();
  ByteMap input;
  for (const RegionData& region : job.reads) {
    entry["inputs"].push_back(region_json(region));
    add_to(input, region);
  }
  ByteMap output;
  add_to(output, job.write);
  folder.text(prefix + "registers.csv", "csv", "registers of " + of + " by name and field",
              registers_csv(job));
  folder.memory(prefix + "words.hex", "job registers of " + of + ", word i at the first + 4 i",
                to_words(job.words), job_registers(job.unit).first);
  folder.bytes(prefix + "input", "bytes of LMEM that " + of + " reads", input,
               registers::kLmemBase);
  folder.bytes(prefix + "output", "bytes of LMEM that " + of + " writes", output,
               registers::kLmemBase);
  if (!job.is_cim()) return entry;
  folder.bytes(prefix + "weights", "rows of the weight window that " + of + " uses",
               map_of(job.weights_offset, job.weights), 0);
  folder.memory(prefix + "abn.hex", "ABN entries that " + of + " uses, by entry",
                to_words(job.abn, job.abn_first), registers::cim::kAbnTableWindow);
  folder.memory(prefix + "trim.hex", "trim entries that " + of + " uses, by column",
                to_words(job.trim, job.trim_first), registers::cim::kTrimTableWindow);
  if (!job.ranges.empty()) {
    folder.memory(prefix + "range.hex", "range entries that " + of + " uses, by column",
                  to_words(job.ranges, job.range_first), registers::cim::kRangeTableWindow);
  }
  folder.memory(prefix + "im2col.hex",
                "im2col rows of " + of + ", a position a word, element 0 in the lowest byte",
                rows_of(job));
  return entry;
}

JobVectors read_job(const Folder& folder, const ManifestNode& entry) {
  JobVectors job;
  job.number = entry.number("number");
  job.unit = entry.text("unit");
  const std::optional<UnitName> unit = parse_unit(job.unit);
  if (!unit || unit->kind == "dma") entry.fail("unit is " + job.unit + ", which has no jobs");
  job.unit_job = entry.number("unit_job");
  if (entry.has("layer")) {
    job.layer = static_cast<std::uint32_t>(entry.number("layer", UINT32_MAX));
    job.layer_name = entry.text("layer_name");
  }
  if (job.is_cim()) job.tile = static_cast<std::uint32_t>(entry.number("tile", UINT32_MAX));
  job.image = static_cast<std::uint32_t>(entry.number("draw_image", UINT32_MAX));
  job.start_ps = entry.number("start_ps");
  job.start_cycle = entry.number("start_cycle");
  job.start_delay_ps = entry.number("start_delay_ps", 1'000'000'000);
  job.cycles = entry.number("cycles", UINT32_MAX);
  const std::string prefix = entry.text("folder");
  std::uint32_t first = 0;
  job.words = table(folder, prefix + "words.hex", first);
  if (first != 0 || job.words.size() != job_registers(job.unit).words) {
    entry.fail(prefix + "words.hex must have " + std::to_string(job_registers(job.unit).words) +
               " words from index 0 on");
  }
  const ByteMap input = folder.bytes(prefix + "input");
  for (const ManifestNode& region : entry.list("inputs")) {
    job.reads.push_back(region_of(region, input, prefix + "input.hex"));
  }
  job.write = region_of(entry.at("output"), folder.bytes(prefix + "output"), prefix + "output.hex");
  if (!job.is_cim()) return job;
  const ByteMap weights = folder.bytes(prefix + "weights");
  if (!weights.empty()) job.weights_offset = weights.begin()->first;
  for (const auto& [offset, byte] : weights) {
    if (offset != job.weights_offset + job.weights.size()) {
      entry.fail(prefix + "weights.hex has a gap before offset " + std::to_string(offset));
    }
    job.weights.push_back(byte);
  }
  job.abn = table(folder, prefix + "abn.hex", job.abn_first);
  job.trim = table(folder, prefix + "trim.hex", job.trim_first);
  if (folder.has(prefix + "range.hex")) {
    job.ranges = table(folder, prefix + "range.hex", job.range_first);
  }
  return job;
}

}  // namespace leyden::vectors
