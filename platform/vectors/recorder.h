#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <systemc>

#include "models/base/activity_observer.h"
#include "models/base/transaction_observer.h"
#include "models/cim/parameters.h"
#include "platform/chip/chip.h"
#include "platform/vectors/job_vectors.h"
#include "platform/vectors/stream.h"

namespace leyden::vectors {

/// Watches a chip and keeps every job of its CIM and vector units, and the stream of one unit.
class Recorder : public base::TransactionObserver, public base::ActivityObserver {
 public:
  /// Which jobs are kept with their data; of the others only what a list tells.
  using Wanted = std::function<bool(const JobVectors&)>;

  /// @param stream  unit whose stream is kept, "": none
  Recorder(chip::Chip& chip, const cim::MacroParameters* macro, std::string stream, Wanted wanted);
  ~Recorder() override;
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  /// In the order in which they were started; those that a unit refused are left out.
  const std::vector<JobVectors>& jobs() const { return jobs_; }
  const Stream& stream() const { return stream_; }
  std::uint64_t period_ps() const { return period_ps_; }

  std::size_t begins(const base::BusAccess& access) override;
  void ends(std::size_t access, const tlm::tlm_generic_payload& payload,
            const sc_core::sc_time& delay) override;
  void claims(const std::string& owner, bool write, const base::LmemRegion& region) override;
  void waits(const base::LmemRegion& region, bool write, std::uint64_t cycles) override;
  void writes(const std::string& owner, const base::LmemRegion& region) override;
  void interrupt_lines(std::uint32_t levels, std::uint64_t cycle) override;
  void clock(std::uint64_t cycle, std::uint64_t picoseconds, std::uint64_t period_ps) override;

 private:
  /// What is known of a unit.
  struct Unit {
    std::map<std::uint64_t, std::uint32_t> registers;  ///< as written
    std::optional<std::uint64_t> job;                  ///< the last START
    std::uint64_t start_ps = 0;
    std::uint64_t start_delay_ps = 0;
    std::optional<std::size_t> taken;  ///< its place in jobs_, once it has claimed LMEM
  };
  /// A claimed region until its waits are told.
  struct Claim {
    std::string unit;
    bool write;
    std::uint64_t address;
    std::optional<std::size_t> job;
    std::optional<std::size_t> event;
    std::uint64_t wait_cycles = 0;
  };
  Event make(EventKind kind, const std::string& unit, const sc_core::sc_time& delay);
  std::size_t add(Event event);
  void on_register(const base::BusAccess& access, const std::string& unit, std::uint64_t offset);
  void on_power_gate(std::uint32_t gates);
  JobVectors& job_of(const std::string& unit);
  void add_array(JobVectors& job);
  void add_rows(JobVectors& job);
  std::uint64_t cycle_at(std::uint64_t ps) const { return ps / period_ps_; }

  chip::Chip& chip_;
  const cim::MacroParameters* macro_;
  const Wanted wanted_;
  const std::vector<std::string> layers_;
  Stream stream_;
  unsigned source_ = 0;  ///< the streamed unit's at the PLIC
  bool level_ = false;
  std::map<std::string, Unit> units_;
  std::vector<JobVectors> jobs_;
  std::vector<bool> kept_;  ///< [job] with its data
  std::vector<Claim> claims_;
  std::map<std::size_t, sc_core::sc_time> asked_;  ///< of accesses under way, by event
  std::uint64_t period_ps_ = 0;
  std::uint32_t gates_ = 0;
};

}  // namespace leyden::vectors
