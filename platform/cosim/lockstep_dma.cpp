#include "platform/cosim/lockstep_dma.h"

#include <utility>

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include "platform/cosim/lockstep_common.h"
#include "registers/dma.h"

namespace leyden::cosim {
namespace {

namespace reg = registers::dma;

/// The longest access over AXI4 ends at the next multiple of this.
constexpr double kAxiBoundaryBytes = 4096;

/// The model's parameters: transactions as AXI4 cuts them, no time of its own.
base::ParameterSet model_parameters(base::ParameterSet parameters) {
  const auto set = [&parameters](const char* key, double value) {
    parameters.set(key, value, base::Source::kAssumed, "lockstep", "lockstep");
  };
  set("dma.boundary_bytes", kAxiBoundaryBytes);
  set("dma.prepare_cycles", 0);
  set("dma.access_cycles", 0);
  if (parameters.has("system.timing")) {
    parameters.set_text("system.timing", "loose", base::Source::kAssumed, "lockstep", "lockstep");
  }
  return parameters;
}

}  // namespace

struct LockstepDma::Beside {
  explicit Beside(base::Context& chip)
      : parameters(model_parameters(chip.parameters)), context{parameters,  ledger,
                                                               activity,    chip.clock,
                                                               diagnostics, chip.fidelity,
                                                               chip.draws} {}

  base::ParameterSet parameters;
  base::EnergyLedger ledger;
  base::ActivityLog activity;
  Silent diagnostics;
  base::Context context;
};

/// Between the DMA and its surroundings: hands everything on, and to the comparison.
class LockstepDma::Taps : public sc_core::sc_module {
 public:
  Taps(sc_core::sc_module_name name, dma::DmaBlock& block, base::Context& context,
       const LockstepChannel::Told& told)
      : sc_module(name), block_(block) {
    registers_in.register_b_transport(this, &Taps::registers_transport);
    registers_in.register_transport_dbg(this, &Taps::registers_debug);
    registers_out_.bind(block.register_socket());
    SC_HAS_PROCESS(Taps);
    for (unsigned n = 0; n < block.channel_count(); ++n) {
      const std::string number = std::to_string(n);
      buses.push_back(std::make_unique<Bus>(("bus" + number).c_str()));
      channels.push_back(std::make_unique<LockstepChannel>(
          ("channel" + number).c_str(), context, n,
          LockstepChannel::Found{
              [this, n](std::uint32_t offset) { return word(n * reg::kBlockStride + offset); },
              [this, n] { return block_.interrupt(n).read(); }},
          told));
      buses[n]->channel = channels[n].get();
      block.bus_socket(n).bind(buses[n]->in);
    }
    SC_METHOD(look);
    for (unsigned n = 0; n < block.channel_count(); ++n) {
      sensitive << block.interrupt(n);
      if (const sc_core::sc_event* changed = block.status_changed(n)) sensitive << *changed;
    }
    dont_initialize();
  }

  /// A channel's way to the bus.
  struct Bus : sc_core::sc_module {
    explicit Bus(const sc_core::sc_module_name& name) : sc_module(name) {
      in.register_b_transport(this, &Bus::transport);
    }
    void transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
      const std::uint64_t number = channel->bus_begins(payload);
      out->b_transport(payload, delay);
      channel->bus_ends(number, payload);
    }
    tlm_utils::simple_target_socket<Bus, base::kBusBits> in{"in"};
    tlm_utils::simple_initiator_socket<Bus, base::kBusBits> out{"out"};
    LockstepChannel* channel = nullptr;
  };

  tlm_utils::simple_target_socket<Taps, base::kBusBits> registers_in{"registers_in"};
  std::vector<std::unique_ptr<Bus>> buses;
  std::vector<std::unique_ptr<LockstepChannel>> channels;

 private:
  void registers_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
    const std::uint64_t address = payload.get_address();
    const std::uint64_t number = address / reg::kBlockStride;
    LockstepChannel* channel =
        number < channels.size() &&
                payload.get_data_length() <= reg::kBlockStride - address % reg::kBlockStride
            ? channels[number].get()
            : nullptr;
    if (channel != nullptr) channel->access_begins();
    registers_out_->b_transport(payload, delay);
    if (channel == nullptr) return;
    payload.set_address(address % reg::kBlockStride);
    channel->access_ends(payload);
    payload.set_address(address);
  }

  unsigned registers_debug(tlm::tlm_generic_payload& payload) {
    return registers_out_->transport_dbg(payload);
  }

  std::uint32_t word(std::uint64_t offset) {
    std::uint32_t value = 0;
    tlm::tlm_generic_payload payload;
    payload.set_command(tlm::TLM_READ_COMMAND);
    payload.set_address(offset);
    payload.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
    payload.set_data_length(4);
    payload.set_streaming_width(4);
    registers_out_->transport_dbg(payload);
    return value;
  }

  void look() {
    for (const auto& channel : channels) channel->look();
  }

  dma::DmaBlock& block_;
  tlm_utils::simple_initiator_socket<Taps, base::kBusBits> registers_out_{"registers_out"};
};

LockstepDma::LockstepDma(const std::string& name, std::unique_ptr<dma::DmaBlock> block,
                         base::Context& context, LockstepChannel::Told told)
    : block_(std::move(block)),
      beside_(std::make_unique<Beside>(context)),
      taps_(std::make_unique<Taps>(name.c_str(), *block_, beside_->context,
                                   told ? std::move(told) : LockstepChannel::Told(end_run))) {}

LockstepDma::~LockstepDma() = default;

tlm::tlm_target_socket<base::kBusBits>& LockstepDma::register_socket() {
  return taps_->registers_in;
}

tlm::tlm_initiator_socket<base::kBusBits>& LockstepDma::bus_socket(std::size_t channel) {
  return taps_->buses.at(channel)->out;
}

void LockstepDma::set_layer_source(const base::LayerSource& source) {
  for (const auto& channel : taps_->channels) channel->set_layer_source(source);
}

}  // namespace leyden::cosim
