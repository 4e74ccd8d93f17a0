#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include <systemc>

#include "models/base/context.h"
#include "models/memory/beat_port.h"
#include "models/memory/lmem_port.h"
#include "models/vector/vector_timing.h"

namespace leyden::vector {

/// A tensor or table that an operation streams through the unit's port.
struct BeatStream {
  memory::Region region;
  std::uint64_t beats = 0;
  bool write = false;
};

/// The time of a vector operation of an approximately timed chip: one port, one beat a cycle, each
/// an access to its LMEM bank. The streams advance side by side, each by its share, and not faster
/// than the lanes compute; start-up follows the last beat. Without contention the cycles are those
/// of vector_timing().
class SteppedOperation : public sc_core::sc_module, private memory::BeatClient {
 public:
  /// @param done  called when the last result is written, with the cycles it took
  SteppedOperation(const sc_core::sc_module_name& name, base::Context& context,
                   const TimingParameters& parameters, std::function<void(std::uint64_t)> done);

  /// @param begin  edge at which the operation starts, now or later
  /// @param began  called at that edge
  void start(const std::vector<BeatStream>& streams, const VectorTiming& timing,
             const sc_core::sc_time& begin, memory::BeatPortIf& port,
             std::function<void(std::uint64_t)> began);

 private:
  /// A stream and how far it is.
  struct Progress {
    BeatStream stream;
    std::uint64_t next = 0;  ///< beat
    std::uint32_t run = 0;
    std::uint64_t in_run = 0;  ///< beat of the run
  };
  void beat_served() override;
  void advance();  // SC_METHOD, at edges
  void ask();
  std::uint64_t take_address(Progress& progress) const;
  void wake(const sc_core::sc_time& edge);

  base::Context& context_;
  const TimingParameters parameters_;
  const std::function<void(std::uint64_t)> done_;
  std::function<void(std::uint64_t)> began_;
  std::vector<Progress> streams_;
  VectorTiming timing_;
  memory::BeatPortIf* port_ = nullptr;
  bool running_ = false;
  bool begun_ = false;
  bool asked_ = false;
  bool served_ = false;
  std::uint64_t first_cycle_ = 0;
  std::uint64_t beats_ = 0;
  std::uint64_t next_ = 0;         ///< beat of all streams
  std::uint64_t last_served_ = 0;  ///< cycle after the last beat
  sc_core::sc_event wake_;
};

}  // namespace leyden::vector
