#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <tlm_utils/simple_target_socket.h>
#include <systemc>
#include <tlm>

#include "models/base/archive.h"
#include "models/base/context.h"
#include "models/base/register_block.h"
#include "models/base/tlm_helpers.h"

namespace leyden::blocks {

/// What the chip file says of one block of a user's own, and the chip it lives in.
struct Setup {
  std::string name;    ///< the block's in the chip file: "timer0"
  std::uint64_t base;  ///< bus address
  std::uint64_t size;  ///< bytes
  base::Context& context;
  sc_core::sc_module_name module;  ///< SystemC's guard of the module under construction
};

/// A block of a user's own as the chip sees it: registers behind a target socket, an interrupt
/// line, bus masters if it wants some. Derive from Block for a model with registers of a table;
/// derive from this for anything else, such as RTL behind an adapter.
class Part : public sc_core::sc_module {
 public:
  using TargetSocket = tlm::tlm_target_socket<base::kBusBits>;
  using MasterSocket = tlm::tlm_initiator_socket<base::kBusBits>;

  sc_core::sc_out<bool> irq{"irq"};  ///< level-sensitive, to the PLIC

  /// The parameters that the chip file may give it; none, unless a class has a function of its own.
  static std::vector<base::ParameterSpec> parameters() { return {}; }

  explicit Part(const Setup& setup);

  /// Sees offsets from the block's base.
  virtual TargetSocket& register_socket() = 0;
  /// Sockets through which it reads and writes the chip's memory itself, bus addresses.
  virtual std::vector<MasterSocket*> masters() { return {}; }
  /// Something is under way: the host posts no image, and nothing is saved.
  virtual bool busy() const { return false; }
  /// Its state for a snapshot, while not busy(); refuses by itself.
  virtual void archive(base::Archive& a);

 protected:
  /// Full key of one of its parameters, for context().parameters.
  std::string key(const std::string& parameter) const;
  double real(const std::string& parameter) const;
  std::int64_t integer(const std::string& parameter) const;
  /// An event whose energy in pJ is the parameter's value, at the nominal supply.
  base::EventId energy_event(const std::string& event, const std::string& parameter,
                             base::Component component = base::Component::kBus);
  /// `times` such events happened.
  void count(base::EventId event, std::uint64_t times = 1) { context_.ledger.count(event, times); }
  /// Calls a function each time an event is notified.
  void when(const sc_core::sc_event& event, const std::function<void()>& call);
  /// Once for each thing that firmware did wrong. @param offset of the register
  void warn(const std::string& sentence, std::uint32_t offset) const;

  base::Context& context() const { return context_; }
  const base::Clock& clock() const { return context_.clock; }
  std::uint64_t bus_address() const { return base_; }

 private:
  const std::string block_name_;
  const std::uint64_t base_;
  base::Context& context_;
};

/// A model with registers of a table, generated from a register file (scripts/generate_registers.py
/// --unit) or written by hand. Accesses take no time here: the way to it is the bus's time.
class Block : public Part {
 public:
  TargetSocket& register_socket() override { return socket_; }

 protected:
  /// @throws base::UsageError when the registers do not fit into the block's size
  Block(const Setup& setup, const std::vector<base::RegisterInfo>& table);

  /// Time of the register access under way, or now.
  sc_core::sc_time access_time() const { return sc_core::sc_time_stamp() + access_delay_; }
  /// Clock cycle of the same.
  std::uint64_t access_cycle() const { return clock().cycles_at(access_time()); }
  /// Notifies an event `cycles` clock edges after the first one at or after access_time().
  void notify_after(sc_core::sc_event& event, std::uint64_t cycles) const;
  /// Drives `irq`: from the access under way on, or from now on.
  void set_irq(bool level);
  /// Makes `irq` follow a register, usually one whose bits a written 1 clears: high while it is not
  /// 0. raise() sets bits of it.
  void interrupt_from(std::uint32_t offset);
  void raise(std::uint32_t bits);

  base::RegisterBlock registers_;

 private:
  void transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  unsigned transport_debug(tlm::tlm_generic_payload& payload);

  tlm_utils::simple_target_socket<Block, base::kBusBits> socket_{"socket"};
  sc_core::sc_time access_delay_;
  bool level_ = false;
  std::uint32_t interrupt_register_ = 0;
  sc_core::sc_event level_changed_;
};

}  // namespace leyden::blocks
