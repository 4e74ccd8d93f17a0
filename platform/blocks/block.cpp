#include "platform/blocks/block.h"

#include <cstdio>

#include "models/base/error.h"

namespace leyden::blocks {
namespace {

constexpr double kFjPerPj = 1e3;

}  // namespace

Part::Part(const Setup& setup)
    : sc_module(setup.module),
      block_name_(setup.name),
      base_(setup.base),
      context_(setup.context) {}

void Part::archive(base::Archive&) {
  throw base::UsageError("A chip with the block " + block_name_ +
                         " has no snapshots: its class does not archive its state.");
}

std::string Part::key(const std::string& parameter) const {
  return "blocks." + block_name_ + ".parameters." + parameter;
}

double Part::real(const std::string& parameter) const {
  return context_.parameters.real(key(parameter));
}

std::int64_t Part::integer(const std::string& parameter) const {
  return context_.parameters.integer(key(parameter));
}

base::EventId Part::energy_event(const std::string& event, const std::string& parameter,
                                 base::Component component) {
  base::EventKind kind;
  kind.name = block_name_ + "." + event;
  kind.component = component;
  kind.energy_fj = real(parameter) * kFjPerPj;
  kind.source = context_.parameters.at(key(parameter)).source;
  return context_.ledger.declare(kind);
}

void Part::when(const sc_core::sc_event& event, const std::function<void()>& call) {
  sc_core::sc_spawn_options options;
  options.spawn_method();
  options.dont_initialize();
  options.set_sensitivity(&event);
  sc_core::sc_spawn(call, sc_core::sc_gen_unique_name("when"), &options);
}

void Part::warn(const std::string& sentence, std::uint32_t offset) const {
  context_.diagnostics.report(base::Severity::kWarning, block_name_, sentence, base_ + offset);
}

Block::Block(const Setup& setup, const std::vector<base::RegisterInfo>& table)
    : Part(setup), registers_(setup.name, table, setup.base, setup.context.diagnostics) {
  for (const base::RegisterInfo& info : table) {
    const std::uint64_t end =
        info.offset + std::uint64_t{info.count - 1} * info.stride + info.bytes;
    if (end <= setup.size) continue;
    char text[32];
    std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(end));
    throw base::UsageError("blocks." + setup.name + ".size is too small: its register " +
                           info.name + " ends at offset " + text + ".");
  }
  socket_.register_b_transport(this, &Block::transport);
  socket_.register_transport_dbg(this, &Block::transport_debug);
  when(level_changed_, [this] { irq.write(level_); });
}

void Block::notify_after(sc_core::sc_event& event, std::uint64_t cycles) const {
  event.notify(clock().next_edge(access_time()) + clock().cycles(cycles) -
               sc_core::sc_time_stamp());
}

void Block::set_irq(bool level) {
  level_ = level;
  level_changed_.notify(access_delay_);
}

void Block::interrupt_from(std::uint32_t offset) {
  interrupt_register_ = offset;
  registers_.on_write(
      offset, [this, offset](std::uint32_t, unsigned) { set_irq(registers_.peek(offset) != 0); });
}

void Block::raise(std::uint32_t bits) {
  registers_.poke(interrupt_register_, registers_.peek(interrupt_register_) | bits);
  set_irq(registers_.peek(interrupt_register_) != 0);
}

void Block::transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  access_delay_ = delay;
  registers_.transport(payload);
  access_delay_ = sc_core::SC_ZERO_TIME;
}

unsigned Block::transport_debug(tlm::tlm_generic_payload& payload) {
  return registers_.transport_debug(payload);
}

}  // namespace leyden::blocks
