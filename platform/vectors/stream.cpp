#include "platform/vectors/stream.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "registers/cim.h"
#include "registers/dma.h"
#include "registers/vector.h"

namespace leyden::vectors {
namespace {

constexpr std::array<const char*, 7> kKinds = {"register", "weights",    "power_off", "lmem_read",
                                               "bus",      "lmem_write", "interrupt"};
constexpr std::array<const char*, 3> kResponses = {"ok", "address_error", "error"};

const std::vector<base::RegisterInfo>& table_of(const std::string& kind) {
  if (kind == "dma") return registers::dma::table();
  if (kind == "cim") return registers::cim::table();
  return registers::vector::table();
}

}  // namespace

const char* to_string(EventKind kind) { return kKinds[static_cast<std::size_t>(kind)]; }

bool is_response(EventKind kind) {
  return kind == EventKind::kBus || kind == EventKind::kLmemWrite || kind == EventKind::kInterrupt;
}

const char* to_string(Response response) { return kResponses[static_cast<std::size_t>(response)]; }

std::uint32_t Event::word() const {
  if (data.size() != 4) return 0;
  return static_cast<std::uint32_t>(data[0]) | static_cast<std::uint32_t>(data[1]) << 8 |
         static_cast<std::uint32_t>(data[2]) << 16 | static_cast<std::uint32_t>(data[3]) << 24;
}

void Event::set_word(std::uint32_t value) {
  data = {static_cast<std::uint8_t>(value), static_cast<std::uint8_t>(value >> 8),
          static_cast<std::uint8_t>(value >> 16), static_cast<std::uint8_t>(value >> 24)};
}

std::optional<UnitName> parse_unit(const std::string& name) {
  if (name == "vector") return UnitName{"vector", 0};
  for (const auto& [kind, most] :
       {std::pair{"dma", registers::dma::kBlocks}, std::pair{"cim", registers::cim::kInstances}}) {
    if (name.rfind(kind, 0) != 0) continue;
    unsigned number = 0;
    const char* end = name.data() + name.size();
    const auto [stop, error] = std::from_chars(name.data() + 3, end, number);
    if (error == std::errc() && stop == end && number < most &&
        name == kind + std::to_string(number)) {
      return UnitName{kind, number};
    }
  }
  return std::nullopt;
}

std::string register_name(const std::string& unit, std::uint64_t offset) {
  const std::optional<UnitName> name = parse_unit(unit);
  if (!name) return "";
  for (const base::RegisterInfo& entry : table_of(name->kind)) {
    if (entry.offset == offset) return entry.name;
  }
  return "";
}

bool starts_job(const std::string& unit, const Event& event) {
  // CTRL and START are at the same place in all units.
  if (event.kind != EventKind::kRegister || !event.write ||
      event.address != registers::dma::kCtrl) {
    return false;
  }
  const bool linked =
      unit.rfind("dma", 0) == 0 && registers::dma::ctrl::kStartLinked.get(event.word()) != 0;
  return linked || registers::dma::ctrl::kStart.get(event.word()) != 0;
}

std::vector<JobCycles> job_cycles(const Stream& stream, std::uint64_t period_ps) {
  std::vector<JobCycles> jobs;
  std::uint64_t start = 0;
  for (const Event& event : stream.events) {
    if (starts_job(stream.unit, event)) {
      jobs.push_back({event.layer, 0});
      start = (event.arrival_ps() + period_ps - 1) / period_ps;
    } else if (!jobs.empty() &&
               (event.kind == EventKind::kBus || event.kind == EventKind::kLmemWrite)) {
      const std::uint64_t end = (event.arrival_ps() + event.latency_ps) / period_ps;
      jobs.back().cycles = std::max(jobs.back().cycles, end - std::min(end, start));
    }
  }
  return jobs;
}

}  // namespace leyden::vectors
