#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>
#include <systemc>

#include "models/base/context.h"
#include "models/base/tlm_helpers.h"
#include "models/cim/cim_block.h"
#include "models/dma/dma_block.h"
#include "models/memory/lmem_port.h"
#include "models/vector/vector_unit.h"
#include "platform/chip/block_factory.h"
#include "platform/cosim/difference.h"
#include "platform/vectors/expectations.h"
#include "platform/vectors/job_vectors.h"
#include "platform/vectors/replay_lmem.h"
#include "platform/vectors/stream.h"

namespace leyden::vectors {

/// How recordings are played.
struct ReplayTiming {
  bool fast = false;   ///< the order alone is kept, not the times
  bool exact = false;  ///< the block must be as the recorded one to the cycle
  std::uint64_t timeout_cycles = 100'000;
};

/// What a job's draws are keyed by, from a job of the unit on.
struct DrawChange {
  std::uint64_t job = 0;
  std::uint32_t image = 0;
};

/// One unit alone, without core and firmware: it gets the recorded stimuli, its responses are
/// compared with the recorded ones. The first difference ends the simulation.
class UnitReplay : public sc_core::sc_module {
 public:
  /// @param impl  "tlm" or what `blocks` knows
  /// @param told  gets the first difference of the unit
  /// @throws base::UsageError when there is no such block
  UnitReplay(sc_core::sc_module_name name, base::Context& context, const Stream& stream,
             const std::string& impl, chip::BlockFactory& blocks, const ReplayTiming& timing,
             const std::vector<DrawChange>& draws, std::function<void(cosim::Difference)> told,
             std::function<void()> done);
  ~UnitReplay() override;

  const Stream& stream() const { return stream_; }
  /// The stream with the times at which things happened here.
  const Stream& found() const { return found_; }
  std::uint64_t accesses() const { return accesses_; }
  std::uint64_t responses() const { return expectations_.matched(); }
  /// What a process threw, if one did.
  std::exception_ptr error() const { return error_; }

 private:
  SC_HAS_PROCESS(UnitReplay);
  void make_block(const std::string& impl, chip::BlockFactory& blocks);
  void drive();
  void play();
  void play(std::size_t index);
  bool await_turn(std::size_t index);
  void prepare_job(std::size_t index);
  void access(std::size_t index);
  bool compare(std::size_t index, const tlm::tlm_generic_payload& payload,
               std::vector<std::uint8_t>& data);
  bool is_time(const Event& event) const;
  bool found_done_earlier(const Event& event, std::uint32_t found) const;
  bool busy() const;
  void on_bus(int channel, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  void on_written(std::uint64_t address, const std::uint8_t* data, std::size_t bytes);
  void on_interrupt();
  void note(std::size_t index, const sc_core::sc_time& delay);
  void differ(std::size_t index, const Mismatch& mismatch, const sc_core::sc_time& delay);

  base::Context& context_;
  const Stream stream_;
  const UnitName unit_;
  const ReplayTiming timing_;
  const std::vector<DrawChange> draws_;
  const std::function<void(cosim::Difference)> told_;
  const std::function<void()> done_;
  Stream found_;
  Expectations expectations_;
  ReplayLmem lmem_;
  tlm_utils::simple_initiator_socket<UnitReplay, base::kBusBits> registers_{"registers"};
  std::unique_ptr<tlm_utils::simple_initiator_socket<UnitReplay, base::kBusBits>> weights_;
  std::vector<std::unique_ptr<tlm_utils::simple_target_socket_tagged<UnitReplay, base::kBusBits>>>
      buses_;
  std::vector<std::unique_ptr<sc_core::sc_signal<bool>>> lines_;
  std::unique_ptr<dma::DmaBlock> dma_;
  std::unique_ptr<cim::CimBlock> cim_;
  std::unique_ptr<vector::VectorUnit> vector_;
  base::Payload payload_{"replay"};
  const std::uint64_t beat_bytes_;  ///< of the bus
  sc_core::sc_event progress_;
  sc_core::sc_time shift_;  ///< how much later than recorded the unit is
  std::uint32_t layer_;     ///< of the last START
  std::size_t last_stimulus_ = 0;
  std::uint64_t accesses_ = 0;
  bool differs_ = false;
  std::exception_ptr error_;
};

}  // namespace leyden::vectors
