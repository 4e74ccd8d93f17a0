#include "platform/chip/faults/fault_injector.h"

#include <algorithm>
#include <utility>

#include "models/base/error.h"

namespace leyden::chip {
namespace {

constexpr double kMbitBits = 1048576;  // 2^20
constexpr double kMsPs = 1e9;

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

}  // namespace

FaultInjector::FaultInjector(sc_core::sc_module_name name, base::Context& context,
                             FaultRequest request, FaultParts parts)
    : sc_module(name),
      context_(context),
      request_(std::move(request)),
      rates_(read_fault_rates(context.parameters)),
      targets_(std::move(parts)) {
  if (rates_.counts_flips() && request_.image_cycles == 0) {
    throw base::UsageError(
        "faults.*.flips are flips in the time of an image, and there is none here; give rates, or "
        "a "
        "list of faults with their cycles.");
  }
  for (const Fault& fault : request_.list) targets_.check(fault);
  freeze();
  SC_METHOD(inject);
  sensitive << due_;
  dont_initialize();
  schedule_list(FaultTime::From::kStart, std::nullopt);
  if (rates_.from_start) begin_draws();
}

std::uint32_t FaultInjector::image() const { return request_.image.value_or(context_.draws.image); }

base::StreamKey FaultInjector::key(std::uint32_t purpose, std::uint32_t tile) const {
  return {rates_.seed, image(), 0, tile, purpose};
}

void FaultInjector::freeze() {
  for (const Fault& fault : request_.list) {
    if (!is_frozen(fault.target)) continue;
    InjectedFault injected;
    injected.target = fault.target;
    injected.place =
        "cim" + std::to_string(fault.macro) +
        (fault.target == FaultTarget::kCell ? " row " + std::to_string(fault.row) : "") +
        " column " + std::to_string(fault.column);
    note(std::move(injected));
  }
  for (unsigned n = 0; n < targets_.macros(); ++n) {
    cim::MacroFaults faults = targets_.frozen(request_.list, n);
    const auto drawn = [&](std::uint32_t purpose) {
      return FaultDraws({rates_.seed, context_.draws.die, 0, n, purpose});
    };
    const auto tell = [&](FaultTarget target, const std::string& place) {
      InjectedFault injected;
      injected.target = target;
      injected.place = "cim" + std::to_string(n) + place;
      note(std::move(injected));
    };
    if (rates_.in_macros()) {
      const cim::MacroParameters& macro = targets_.macro(n, "").parameters();
      const auto stick = [&](const FaultDraws& cells, unsigned first, unsigned columns) {
        for (const std::uint64_t cell :
             cells.each(rates_.stuck_cells_ppm * 1e-6, std::uint64_t{macro.rows} * columns)) {
          const auto row = static_cast<unsigned>(cell / columns);
          const auto column = first + static_cast<unsigned>(cell % columns);
          // Beyond the elements that each() uses.
          const bool on = cells.happens(rates_.stuck_on_percent, (std::uint64_t{1} << 40) + cell);
          faults.cells.push_back({row, column, on ? macro.cells.highest_level() : 0});
          tell(FaultTarget::kCell,
               " row " + std::to_string(row) + " column " + std::to_string(column));
        }
      };
      stick(drawn(kStuckCellStream), 0, macro.columns);
      // Spares apart, so that they change nothing for the others.
      if (macro.spare_columns > 0) {
        stick(drawn(kStuckSpareStream), macro.columns, macro.spare_columns);
      }
      for (const std::uint64_t column :
           drawn(kDeadColumnStream).distinct(rates_.dead_columns, macro.columns)) {
        faults.dead_columns.resize(macro.columns);
        faults.dead_columns[column] = true;
        tell(FaultTarget::kColumn, " column " + std::to_string(column));
      }
      for (const std::uint64_t column :
           drawn(kDeadAdcStream).distinct(rates_.dead_adcs, macro.columns)) {
        faults.converters.resize(macro.columns);
        faults.converters[column] = rates_.dead_adcs_highest ? cim::MacroFaults::Converter::kHighest
                                                             : cim::MacroFaults::Converter::kLowest;
        tell(FaultTarget::kAdc, " column " + std::to_string(column));
      }
    }
    if (faults.cells.empty() && faults.dead_columns.empty() && faults.converters.empty()) continue;
    targets_.macro(n, "").set_faults(faults);
  }
}

void FaultInjector::set_layers(const std::vector<std::string>& names) {
  layers_ = names;
  for (const Fault& fault : request_.list) {
    const std::string& layer = fault.time.layer;
    if (fault.time.from != FaultTime::From::kLayer ||
        std::find(names.begin(), names.end(), layer) != names.end()) {
      continue;
    }
    const bool is_number = layer.find_first_not_of("0123456789") == std::string::npos;
    if (is_number && layer.size() < 10 && std::stoul(layer) < names.size()) continue;
    throw base::UsageError(fault.where + ": the network has no layer " + layer +
                           "; its layers are " + joined(names) + ".");
  }
}

void FaultInjector::set_masters(const std::vector<std::string>& names) {
  masters_ = names;
  transfers_.assign(names.size(), 0);
  for (const Fault& fault : request_.list) {
    if (fault.target != FaultTarget::kBus ||
        std::find(names.begin(), names.end(), fault.name) != names.end()) {
      continue;
    }
    throw base::UsageError(fault.where + ": the bus has no master " + fault.name +
                           "; its masters are " + joined(names) + ".");
  }
}

bool FaultInjector::on_bus() const {
  return rates_.on_bus() ||
         std::any_of(request_.list.begin(), request_.list.end(),
                     [](const Fault& fault) { return fault.target == FaultTarget::kBus; });
}

sc_core::sc_signal<bool>& FaultInjector::relay(sc_core::sc_signal<bool>& line,
                                               const std::string& name, bool rates_apply) {
  const auto number = static_cast<unsigned>(lines_.size());
  lines_.push_back(name);
  rises_.push_back(0);
  const bool listed =
      std::any_of(request_.list.begin(), request_.list.end(), [&](const Fault& fault) {
        return fault.target == FaultTarget::kInterrupt && fault.name == name;
      });
  if (!listed && !(rates_apply && rates_.on_interrupts())) return line;
  relays_.push_back(std::make_unique<InterruptRelay>(
      ("fault_" + name).c_str(), context_,
      [this, name, number, rates_apply] { return on_rise(name, number, rates_apply); }));
  relays_.back()->in.bind(line);
  return relays_.back()->out;
}

void FaultInjector::check_lines() const {
  for (const Fault& fault : request_.list) {
    if (fault.target != FaultTarget::kInterrupt ||
        std::find(lines_.begin(), lines_.end(), fault.name) != lines_.end()) {
      continue;
    }
    throw base::UsageError(fault.where + ": there is no interrupt line " + fault.name +
                           "; lines are " + joined(lines_) + ".");
  }
}

void FaultInjector::schedule(std::uint64_t cycle, Coming coming) {
  coming_.emplace(cycle, std::move(coming));
  const std::uint64_t first = coming_.begin()->first;
  const sc_core::sc_time time = sc_core::sc_time_stamp();
  const sc_core::sc_time edge = context_.clock.next_edge(time);
  const std::uint64_t at = context_.clock.cycles_at(edge);
  due_.cancel();
  due_.notify(edge + context_.clock.cycles(first > at ? first - at : 0) - time);
}

void FaultInjector::schedule_list(FaultTime::From from, std::optional<std::uint32_t> layer) {
  const std::uint64_t begin = from == FaultTime::From::kStart ? 0 : now();
  for (const Fault& fault : request_.list) {
    if (is_frozen(fault.target) || fault.time.from != from) continue;
    if (fault.time.image && *fault.time.image != image()) continue;
    if (layer) {
      const bool named = *layer < layers_.size() && layers_[*layer] == fault.time.layer;
      if (!named && std::to_string(*layer) != fault.time.layer) continue;
    }
    schedule(begin + fault.time.cycle, {fault, std::nullopt});
  }
}

void FaultInjector::on_start(std::optional<std::uint32_t> layer) {
  if (layer) {
    schedule_list(FaultTime::From::kLayer, layer);
    return;
  }
  schedule_list(FaultTime::From::kImage, std::nullopt);
  if (!rates_.from_start) begin_draws();
  begin_count(FaultTarget::kSram, rates_.sram.count);
  begin_count(FaultTarget::kLmem, rates_.lmem.count);
  begin_count(FaultTarget::kWeights, rates_.weights.count);
  begin_registers();
}

void FaultInjector::begin_draws() {
  drawing_ = true;
  // What an image draws depends on nothing before it.
  std::fill(rises_.begin(), rises_.end(), 0);
  std::fill(transfers_.begin(), transfers_.end(), 0);
  for (auto each = coming_.begin(); each != coming_.end();) {
    each = each->second.process ? coming_.erase(each) : std::next(each);
  }
  processes_.clear();
  begin_rate(FaultTarget::kSram, 0, rates_.sram.per_mbit_ms);
  begin_rate(FaultTarget::kLmem, 0, rates_.lmem.per_mbit_ms);
  for (unsigned n = 0; n < targets_.macros(); ++n) {
    begin_rate(FaultTarget::kWeights, n, rates_.weights.per_mbit_ms);
  }
}

void FaultInjector::begin_rate(FaultTarget memory, unsigned macro, double per_mbit_ms) {
  if (per_mbit_ms <= 0) return;
  const std::uint64_t bits = targets_.bits(memory, macro);
  const double period_ms = static_cast<double>(context_.clock.period().value()) / kMsPs;
  const double per_cycle = per_mbit_ms * static_cast<double>(bits) / kMbitBits * period_ms;
  const std::uint32_t tile = static_cast<std::uint32_t>(memory) * 256 + macro;
  processes_.push_back(
      {memory, macro, FlipProcess(key(kFlipRateStream, tile), bits, per_cycle), now()});
  schedule_flip(processes_.size() - 1);
}

void FaultInjector::schedule_flip(std::size_t process) {
  Process& of = processes_[process];
  const FlipProcess::Flip flip = of.flips.next();
  schedule(of.from + flip.cycle, {targets_.bit_of(of.memory, of.macro, flip.bit), process});
}

void FaultInjector::begin_count(FaultTarget memory, std::uint64_t count) {
  if (count == 0) return;
  std::vector<std::uint64_t> bits;  // of each macro, or of the one memory
  std::uint64_t all = 0;
  const unsigned parts = memory == FaultTarget::kWeights ? targets_.macros() : 1;
  for (unsigned n = 0; n < parts; ++n) {
    bits.push_back(targets_.bits(memory, n));
    all += bits.back();
  }
  const FaultDraws draws(key(kFlipCountStream, static_cast<std::uint32_t>(memory)));
  for (std::uint64_t i = 0; i < count; ++i) {
    std::uint64_t bit = draws.below(all, 2 * i);
    unsigned part = 0;
    for (; bit >= bits[part]; ++part) bit -= bits[part];
    schedule(now() + draws.below(request_.image_cycles, 2 * i + 1),
             {targets_.bit_of(memory, part, bit), std::nullopt});
  }
}

void FaultInjector::begin_registers() {
  if (rates_.register_flips == 0) return;
  const std::vector<RegisterBit> bits = targets_.register_bits();
  const FaultDraws draws(key(kFlipCountStream, static_cast<std::uint32_t>(FaultTarget::kRegister)));
  for (std::uint64_t i = 0; i < rates_.register_flips; ++i) {
    const RegisterBit& bit = bits[draws.below(bits.size(), 2 * i)];
    Fault fault;
    fault.target = FaultTarget::kRegister;
    fault.name = bit.name;
    fault.bit = bit.bit;
    schedule(now() + draws.below(request_.image_cycles, 2 * i + 1), {fault, std::nullopt});
  }
}

void FaultInjector::inject() {
  const std::uint64_t cycle = now();
  while (!coming_.empty() && coming_.begin()->first <= cycle) {
    const Coming coming = std::move(coming_.begin()->second);
    coming_.erase(coming_.begin());
    apply(coming.fault);
    if (coming.process) schedule_flip(*coming.process);
  }
  if (coming_.empty()) return;
  const auto first = coming_.extract(coming_.begin());
  schedule(first.key(), first.mapped());
}

void FaultInjector::apply(const Fault& fault) {
  if (fault.target == FaultTarget::kInterrupt || fault.target == FaultTarget::kBus) {
    armed_.push_back({fault, fault.count});
    return;
  }
  note(targets_.flip(fault));
}

void FaultInjector::note(InjectedFault fault) {
  fault.cycle = is_frozen(fault.target) ? 0 : now();
  ++log_.counts[static_cast<std::size_t>(fault.target)];
  if (log_.listed.size() < FaultLog::kMostListed) log_.listed.push_back(std::move(fault));
}

FaultLog FaultInjector::log() const {
  FaultLog log = log_;
  for (InjectedFault& fault : log.listed) fault.fate = targets_.fate(fault.number);
  return log;
}

RiseFault FaultInjector::on_rise(const std::string& name, unsigned line, bool rates_apply) {
  RiseFault rise;
  const auto listed = std::find_if(armed_.begin(), armed_.end(), [&](const Armed& armed) {
    return armed.left > 0 && armed.fault.target == FaultTarget::kInterrupt &&
           armed.fault.name == name;
  });
  if (listed != armed_.end()) {
    --listed->left;
    rise = {listed->fault.fails, listed->fault.delay_cycles};
  } else if (rates_apply && drawing_ && rates_.on_interrupts()) {
    const FaultDraws draws(key(kInterruptStream, line));
    const std::uint64_t index = 2 * rises_[line]++;
    rise.dropped = draws.happens(rates_.drop_percent, index);
    if (!rise.dropped && draws.happens(rates_.late_percent, index + 1)) {
      rise.delay_cycles = rates_.late_cycles;
    }
  }
  if (!rise.dropped && rise.delay_cycles == 0) return rise;
  InjectedFault injected;
  injected.target = FaultTarget::kInterrupt;
  injected.place =
      name + (rise.dropped ? " dropped" : " late by " + std::to_string(rise.delay_cycles));
  note(std::move(injected));
  return rise;
}

bus::TransferFault FaultInjector::on_transfer(unsigned master, std::uint64_t, bool write) {
  bus::TransferFault transfer;
  const auto listed = std::find_if(armed_.begin(), armed_.end(), [&](const Armed& armed) {
    return armed.left > 0 && armed.fault.target == FaultTarget::kBus &&
           armed.fault.name == masters_[master] && armed.fault.writes_only.value_or(write) == write;
  });
  if (listed != armed_.end()) {
    --listed->left;
    transfer = {listed->fault.delay_cycles, listed->fault.fails};
  } else if (drawing_ && rates_.on_bus()) {
    const FaultDraws draws(key(kBusStream, master));
    const std::uint64_t index = 2 * transfers_[master]++;
    transfer.refused = draws.happens(rates_.error_percent, index);
    if (!transfer.refused && draws.happens(rates_.delay_percent, index + 1)) {
      transfer.delay_cycles = rates_.delay_cycles;
    }
  }
  if (!transfer.refused && transfer.delay_cycles == 0) return transfer;
  InjectedFault injected;
  injected.target = FaultTarget::kBus;
  injected.place =
      masters_[master] + (write ? " write" : " read") +
      (transfer.refused ? " refused" : " late by " + std::to_string(transfer.delay_cycles));
  note(std::move(injected));
  return transfer;
}

}  // namespace leyden::chip
