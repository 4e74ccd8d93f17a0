#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace leyden::vectors {

/// What happens at the edge of a block (docs/vectors.md). Stimuli come from the chip; responses
/// are what the block does.
enum class EventKind {
  kRegister,   ///< stimulus: an access to the block's registers
  kWeights,    ///< stimulus: an access to the weight window of a CIM unit
  kPowerOff,   ///< stimulus: the block's power gate opens
  kLmemRead,   ///< stimulus: bytes of LMEM that the next job reads
  kBus,        ///< response: an access of the block as a master, with the memory's answer
  kLmemWrite,  ///< response: bytes of LMEM that a job has written
  kInterrupt,  ///< response: the interrupt line changes
};
const char* to_string(EventKind kind);
bool is_response(EventKind kind);

/// How a target answered.
enum class Response { kOk, kAddressError, kError };
const char* to_string(Response response);

/// One line of a stream.
struct Event {
  EventKind kind = EventKind::kRegister;
  bool write = false;          ///< direction; interrupts, power and LMEM have their own
  std::uint64_t time_ps = 0;   ///< when it was asked for
  std::uint64_t delay_ps = 0;  ///< to its arrival: what an initiator that runs ahead adds
  std::uint64_t delta = 0;     ///< delta cycle of the kernel within time_ps
  std::uint64_t cycle = 0;     ///< of the chip's clock, at its arrival
  std::optional<std::uint32_t> layer;
  std::optional<std::uint64_t> job;  ///< of the unit, from 0: the last START before
  std::uint64_t address = 0;         ///< offset in the block or window; bus, LMEM: bus address
  std::vector<std::uint8_t> data;    ///< in the order of addresses; interrupt: its level
  Response response = Response::kOk;
  std::uint64_t latency_ps = 0;   ///< from its arrival to the answer
  std::uint32_t stride = 0;       ///< LMEM: bytes from a run to the next
  std::uint32_t count = 1;        ///< LMEM: runs; each has data.size() / count bytes
  std::uint64_t wait_cycles = 0;  ///< LMEM: what the job waits for the bank

  std::uint64_t arrival_ps() const { return time_ps + delay_ps; }
  std::uint32_t run_bytes() const {
    return count == 0 ? 0 : static_cast<std::uint32_t>(data.size() / count);
  }
  /// A register access of one word. @throws nothing: 0 for other lengths
  std::uint32_t word() const;
  void set_word(std::uint32_t value);
};

/// Everything at the edge of one unit: "dma0", "cim3", "vector".
struct Stream {
  std::string unit;
  std::vector<Event> events;  ///< in the order in which they began
};

/// The kind of a unit's name, "dma", "cim" or "vector", and its number.
struct UnitName {
  std::string kind;
  unsigned number = 0;
};
/// None where it is no such name.
std::optional<UnitName> parse_unit(const std::string& name);

/// The unit's registers by name. "" for an offset without one.
std::string register_name(const std::string& unit, std::uint64_t offset);

/// The stream as CSV, with a header line; and back.
std::string to_csv(const Stream& stream);
/// @param path  for messages; @throws base::UsageError naming path and line
Stream from_csv(const std::string& text, const std::string& unit, const std::string& path);

/// Whether an event writes START.
bool starts_job(const std::string& unit, const Event& event);

/// Cycles of a job, from the clock edge at or after the arrival of its START to the end of its last
/// write or bus access.
struct JobCycles {
  std::optional<std::uint32_t> layer;
  std::uint64_t cycles = 0;
};
std::vector<JobCycles> job_cycles(const Stream& stream, std::uint64_t period_ps);

}  // namespace leyden::vectors
