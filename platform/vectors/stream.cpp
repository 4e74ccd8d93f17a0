#include "platform/vectors/stream.h"

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

/// Whether a register write starts a job.
bool starts(const std::string& kind, const Event& event) {
  if (event.kind != EventKind::kRegister || !event.write) return false;
  const std::uint32_t word = event.word();
  if (kind == "dma") {
    return event.address == registers::dma::kCtrl &&
           (registers::dma::ctrl::kStart.get(word) != 0 ||
            registers::dma::ctrl::kStartLinked.get(word) != 0);
  }
  if (kind == "cim") {
    return event.address == registers::cim::kCtrl && registers::cim::ctrl::kStart.get(word) != 0;
  }
  return event.address == registers::vector::kCtrl &&
         registers::vector::ctrl::kStart.get(word) != 0;
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

std::vector<JobCycles> job_cycles(const Stream& stream) {
  const std::optional<UnitName> name = parse_unit(stream.unit);
  std::vector<JobCycles> jobs;
  for (const Event& event : stream.events) {
    if (name && starts(name->kind, event)) {
      jobs.push_back(
          {jobs.size(), event.layer, event.arrival_ps(), event.arrival_ps(), event.cycle});
    } else if (!jobs.empty() &&
               (event.kind == EventKind::kBus || event.kind == EventKind::kLmemWrite)) {
      jobs.back().end_ps = event.arrival_ps() + event.latency_ps;
    }
  }
  return jobs;
}

}  // namespace leyden::vectors
