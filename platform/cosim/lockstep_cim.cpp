#include "platform/cosim/lockstep_cim.h"

#include <utility>

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include "platform/cosim/tlm_target_adapter.h"

namespace leyden::cosim {

struct LockstepCim::Beside {
  explicit Beside(base::Context& of_chip)
      : chip(of_chip), context{chip.parameters, ledger,        activity,  chip.clock,
                               diagnostics,     chip.fidelity, chip.draws} {}
  /// What may change from job to job.
  void follow() {
    context.fidelity = chip.fidelity;
    context.draws = chip.draws;
  }

  base::Context& chip;
  base::EnergyLedger ledger;
  base::ActivityLog activity;
  Silent diagnostics;
  base::Context context;
};

/// Between the unit and its surroundings: hands everything on, and to the comparison.
class LockstepCim::Taps : public sc_core::sc_module {
 public:
  Taps(const sc_core::sc_module_name& name, cim::CimBlock& block, Beside& beside, unsigned instance,
       LockstepUnit::Told told)
      : sc_module(name),
        unit(
            "unit", beside.context, instance,
            LockstepUnit::Found{[this](std::uint32_t offset) { return word(offset); },
                                [&block] { return block.interrupt().read(); },
                                [this]() -> memory::LmemPortIf& { return *lmem.out.operator->(); }},
            std::move(told)),
        lmem("lmem", unit),
        beside_(beside) {
    registers_in.register_b_transport(this, &Taps::registers_transport);
    registers_in.register_transport_dbg(this, &Taps::registers_debug);
    weights_in.register_b_transport(this, &Taps::weights_transport);
    weights_in.register_transport_dbg(this, &Taps::weights_debug);
    registers_out_.bind(block.register_socket());
    weights_out_.bind(block.weight_socket());
    block.lmem_port().bind(lmem);
    SC_HAS_PROCESS(Taps);
    SC_METHOD(look);
    sensitive << block.interrupt();
    if (const sc_core::sc_event* changed = block.status_changed()) sensitive << *changed;
    dont_initialize();
  }

  /// The unit's way to LMEM.
  struct Lmem : sc_core::sc_module, memory::LmemPortIf {
    Lmem(const sc_core::sc_module_name& name, LockstepUnit& told) : sc_module(name), unit(told) {}
    std::uint8_t* data(const memory::Region& region) override { return out->data(region); }
    memory::ClaimId claim(const std::string& owner, memory::ClaimMode mode,
                          const memory::Region& region) override {
      const memory::ClaimId claim = out->claim(owner, mode, region);
      if (mode == memory::ClaimMode::kRead) unit.input_claimed();
      return claim;
    }
    void release(memory::ClaimId claim) override { out->release(claim); }
    std::uint64_t occupy(const memory::Region& region, std::uint64_t read_beats,
                         std::uint64_t write_beats, std::uint64_t cycles) override {
      return out->occupy(region, read_beats, write_beats, cycles);
    }
    void mark_written(const memory::Region& region) override { out->mark_written(region); }
    void beat_written(std::uint64_t address, std::uint32_t bytes) override {
      out->beat_written(address, bytes);
      unit.lmem_written(address, bytes);
    }
    memory::BeatPortIf* beat_port() override { return out->beat_port(); }

    sc_core::sc_port<memory::LmemPortIf> out{"out"};
    LockstepUnit& unit;
  };

  tlm_utils::simple_target_socket<Taps, base::kBusBits> registers_in{"registers_in"};
  tlm_utils::simple_target_socket<Taps, base::kBusBits> weights_in{"weights_in"};
  LockstepUnit unit;
  Lmem lmem;

 private:
  /// Word by word, which is how pins have them: each is compared when it has been done.
  void registers_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
    constexpr unsigned kWord = 4;
    if (payload.get_data_length() <= kWord ||
        refuse_register_access(payload) != tlm::TLM_OK_RESPONSE) {
      access(payload, delay);
      return;
    }
    for (unsigned done = 0; done < payload.get_data_length(); done += kWord) {
      tlm::tlm_generic_payload word;
      word.set_command(payload.get_command());
      word.set_address(payload.get_address() + done);
      word.set_data_ptr(payload.get_data_ptr() + done);
      word.set_data_length(kWord);
      word.set_streaming_width(kWord);
      access(word, delay);
      payload.set_response_status(word.get_response_status());
      if (!word.is_response_ok()) return;
    }
  }
  void access(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
    registers_out_->b_transport(payload, delay);
    beside_.follow();
    unit.accessed(payload);
  }
  unsigned registers_debug(tlm::tlm_generic_payload& payload) {
    return registers_out_->transport_dbg(payload);
  }

  void weights_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
    weights_out_->b_transport(payload, delay);
    unit.weights_accessed(payload);
  }
  unsigned weights_debug(tlm::tlm_generic_payload& payload) {
    const unsigned bytes = weights_out_->transport_dbg(payload);
    if (payload.is_write()) unit.weights_debug_written(payload);
    return bytes;
  }

  std::uint32_t word(std::uint32_t offset) {
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

  void look() { unit.look(); }

  Beside& beside_;
  tlm_utils::simple_initiator_socket<Taps, base::kBusBits> registers_out_{"registers_out"};
  tlm_utils::simple_initiator_socket<Taps, base::kBusBits> weights_out_{"weights_out"};
};

LockstepCim::LockstepCim(const std::string& name, std::unique_ptr<cim::CimBlock> block,
                         base::Context& context, unsigned instance, LockstepUnit::Told told)
    : block_(std::move(block)),
      beside_(std::make_unique<Beside>(context)),
      taps_(std::make_unique<Taps>(name.c_str(), *block_, *beside_, instance,
                                   told ? std::move(told) : LockstepUnit::Told(end_run))) {}

LockstepCim::~LockstepCim() = default;

tlm::tlm_target_socket<base::kBusBits>& LockstepCim::register_socket() {
  return taps_->registers_in;
}

tlm::tlm_target_socket<base::kBusBits>& LockstepCim::weight_socket() { return taps_->weights_in; }

sc_core::sc_port<memory::LmemPortIf>& LockstepCim::lmem_port() { return taps_->lmem.out; }

void LockstepCim::set_layer_source(std::function<std::uint32_t()> source) {
  taps_->unit.set_layer_source(source);
  block_->set_layer_source(std::move(source));
}

void LockstepCim::set_place_source(const base::LayerSource& source) {
  taps_->unit.set_place_source(source);
  block_->set_place_source(source);
}

void LockstepCim::power_off() {
  block_->power_off();
  taps_->unit.power_off();
}

void LockstepCim::archive(base::Archive& a) {
  a.refuse("a chip with cim.impl = lockstep cannot be saved; use tlm");
}

}  // namespace leyden::cosim
