#include "models/memory/sram.h"

#include <algorithm>

#include "models/base/activity_observer.h"
#include "models/base/tlm_helpers.h"
#include "models/memory/beats.h"
#include "registers/memory_map.h"

namespace leyden::memory {

std::vector<base::ParameterSpec> Sram::parameters() {
  std::vector<base::ParameterSpec> specs = {
      {"bytes", "B", 4096, 268435456.0, true, {}, "Size of the SRAM"},
      {"core_latency_cycles", "cycles", 0, 64, true, {}, "Latency of the core port"},
      {"bus_latency_cycles", "cycles", 0, 64, true, {}, "Latency of the bus port"},
      {"core_read_energy_pj", "pJ", 0, 1000, false, {}, "Read on the core port (one word)"},
      {"core_write_energy_pj", "pJ", 0, 1000, false, {}, "Write on the core port (one word)"},
      {"bus_read_energy_pj", "pJ", 0, 1000, false, {}, "Read of 16 bytes on the bus port"},
      {"bus_write_energy_pj", "pJ", 0, 1000, false, {}, "Write of 16 bytes on the bus port"},
  };
  for (base::ParameterSpec& spec : error_code_parameters()) specs.push_back(std::move(spec));
  return specs;
}

namespace {

/// What a core asks direct access for at least: cores mark decoded code by lines.
constexpr std::uint64_t kLineBytes = 64;

}  // namespace

Sram::Sram(sc_core::sc_module_name name, base::Context& context)
    : sc_module(name),
      context_(context),
      storage_(this->name(), static_cast<std::uint64_t>(context.parameters.integer("sram.bytes")),
               registers::kSramBase, context),
      core_(make_port("core")),
      bus_(make_port("bus")),
      ecc_(error_code_cost(context, "sram", this->name(), base::Component::kSram)),
      written_pages_((storage_.size() + Storage::kPageBytes - 1) / Storage::kPageBytes) {
  if (ecc_.on) storage_.protect();
  core_socket.register_b_transport(this, &Sram::core_transport);
  core_socket.register_transport_dbg(this, &Sram::transport_debug);
  core_socket.register_get_direct_mem_ptr(this, &Sram::grant_dmi);
  bus_socket.register_b_transport(this, &Sram::bus_transport);
  bus_socket.register_transport_dbg(this, &Sram::transport_debug);
}

Sram::Port Sram::make_port(const std::string& port) {
  const std::string key = "sram." + port;
  return {static_cast<unsigned>(context_.parameters.integer(key + "_latency_cycles")),
          declare_event(context_, std::string(name()) + "." + port + "_read",
                        base::Component::kSram, key + "_read_energy_pj"),
          declare_event(context_, std::string(name()) + "." + port + "_write",
                        base::Component::kSram, key + "_write_energy_pj")};
}

void Sram::transport(const Port& port, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  if (!storage_.transport(payload)) {
    return;
  }
  const std::uint64_t offset = payload.get_address();
  const unsigned length = payload.get_data_length();
  context_.ledger.count(payload.is_write() ? port.write : port.read, beats(offset, length));
  if (payload.is_write()) {
    const std::uint64_t last = offset + base::touched_bytes(payload) - 1;
    for (std::uint64_t page = offset / Storage::kPageBytes; page <= last / Storage::kPageBytes;
         ++page) {
      written_pages_[page] = true;
    }
  }
  // The core's own cycles have the code's latency in them, as they have that of its port.
  std::uint64_t cycles = port.latency_cycles;
  if (ecc_.on) {
    const unsigned first_read = payload.is_write() ? partial_words(offset, length) : 0;
    context_.ledger.count(ecc_.code, beats(offset, length) + first_read);
    context_.ledger.count(port.read, first_read);
    if (&port == &bus_) cycles += ecc_.cycles;
    if (&port == &bus_ && first_read != 0) cycles += port.latency_cycles + ecc_.cycles;
  }
  delay += context_.clock.cycles(cycles);
}

void Sram::core_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  if (base::ActivityObserver* observer = context_.activity.observer()) {
    observer->sram_access(payload.get_address(), payload.get_data_length(), payload.is_write(),
                          context_.clock.cycles_at(sc_core::sc_time_stamp() + delay));
  }
  transport(core_, payload, delay);
  const std::uint64_t page = payload.get_address() / Storage::kPageBytes;
  payload.set_dmi_allowed(payload.is_response_ok() && grantable(page) &&
                          !withheld(payload.get_address()));
}

void Sram::bus_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  transport(bus_, payload, delay);
}

unsigned Sram::transport_debug(tlm::tlm_generic_payload& payload) {
  const unsigned moved = storage_.transport_debug(payload);
  if (payload.is_write() && moved != 0) {  // the ELF loader comes this way
    const std::uint64_t last = payload.get_address() + moved - 1;
    for (std::uint64_t page = payload.get_address() / Storage::kPageBytes;
         page <= last / Storage::kPageBytes; ++page) {
      written_pages_[page] = true;
    }
  }
  return moved;
}

bool Sram::grantable(std::uint64_t page) const {
  return page < written_pages_.size() && written_pages_[page];
}

void Sram::withhold(std::uint64_t offset, std::uint64_t bytes) {
  for (std::uint64_t line = offset / kLineBytes; line * kLineBytes < offset + bytes; ++line) {
    withheld_lines_.push_back(line);
  }
}

std::size_t Sram::flip(std::uint64_t offset, unsigned bit) {
  const std::size_t number = storage_.flip(offset, bit);
  const std::uint64_t line = offset / kLineBytes * kLineBytes;
  core_socket->invalidate_direct_mem_ptr(line, line + kLineBytes - 1);
  return number;
}

bool Sram::withheld(std::uint64_t offset) const {
  const std::uint64_t line = offset / kLineBytes;
  if (storage_.flipped() && storage_.flipped()->is_unseen(line * kLineBytes, kLineBytes)) {
    return true;
  }
  if (storage_.protected_words() != nullptr &&
      storage_.protected_words()->holds(line * kLineBytes, kLineBytes)) {
    return true;
  }
  return std::find(withheld_lines_.begin(), withheld_lines_.end(), line) != withheld_lines_.end();
}

bool Sram::wholly_written(std::uint64_t page) const {
  if (!grantable(page)) {
    return false;
  }
  const std::uint64_t offset = page * Storage::kPageBytes;
  const std::uint64_t length = std::min(Storage::kPageBytes, storage_.size() - offset);
  return !storage_.first_unwritten(offset, length);
}

bool Sram::grant_dmi(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) {
  const std::uint64_t page = payload.get_address() / Storage::kPageBytes;
  std::uint64_t first = page;
  std::uint64_t last = page;
  const bool granted = grantable(page) && !withheld(payload.get_address());
  if (granted) {
    while (first > 0 && wholly_written(first - 1)) {
      --first;
    }
    while (wholly_written(last + 1)) {
      ++last;
    }
  }
  std::uint64_t start = first * Storage::kPageBytes;
  std::uint64_t end =
      std::max(start, std::min((last + 1) * Storage::kPageBytes, storage_.size()) - 1);
  // Narrows the grant to one side of a line that is withheld, or to the line itself.
  const auto cut = [&](std::uint64_t line) {
    if (line * kLineBytes > payload.get_address()) {
      end = std::min(end, line * kLineBytes - 1);
    } else if ((line + 1) * kLineBytes <= payload.get_address()) {
      start = std::max(start, (line + 1) * kLineBytes);
    } else {
      start = line * kLineBytes;
      end = start + kLineBytes - 1;
      return false;
    }
    return true;
  };
  if (std::all_of(withheld_lines_.begin(), withheld_lines_.end(), cut) && storage_.flipped()) {
    for (const auto& [offset, number] : storage_.flipped()->unseen()) {
      if (!cut(offset / kLineBytes)) break;
    }
  }
  if (storage_.protected_words() != nullptr) {
    for (const std::uint64_t offset : storage_.protected_words()->offsets()) {
      if (!cut(offset / kLineBytes)) break;
    }
  }
  if (!granted) {
    base::deny_dmi(dmi, start, end);
    return false;
  }
  // Writes by DMI are not seen: from here on the range counts as written.
  storage_.mark_written(start, end - start + 1);
  const sc_core::sc_time latency = context_.clock.cycles(core_.latency_cycles);
  base::grant_dmi(dmi, storage_.data(start, end - start + 1), start, end, latency, latency);
  return true;
}

void Sram::invalidate_dmi() { core_socket->invalidate_direct_mem_ptr(0, storage_.size() - 1); }

}  // namespace leyden::memory
