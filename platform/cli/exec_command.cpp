#include <cstdio>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>

#include "models/cpu/core.h"
#include "models/cpu/trap.h"
#include "platform/chip/chip.h"
#include "platform/chip/chip_parameters.h"
#include "platform/chip/debug_port.h"
#include "platform/chip/faults/fault_list.h"
#include "platform/cli/commands.h"
#include "platform/cli/exec_host.h"
#include "platform/cli/exec_memory.h"
#include "platform/cli/exec_snapshots.h"
#include "platform/cli/terminal.h"
#include "platform/cosim/rtl_blocks.h"
#include "platform/debug/gdb_server.h"
#include "platform/debug/semihosting.h"
#include "platform/report/faults.h"
#include "platform/report/text_table.h"
#include "platform/run/fault_campaign.h"
#include "platform/run/run.h"
#include "platform/trace/tracer.h"

namespace leyden::cli {
namespace {

/// Where the UART goes: a file or the terminal.
class UartOutput {
 public:
  /// @param terminal what - stands for
  UartOutput(const std::string& path, std::ostream& terminal) : path_(path), terminal_(terminal) {
    if (path == "-") return;
    file_.open(path, std::ios::binary);
    check();
  }
  void put(std::uint8_t byte) {
    std::ostream& out = stream();
    out.put(static_cast<char>(byte));
    if (byte == '\n') out.flush();
  }
  void flush() { stream().flush(); }
  /// @throws base::UsageError when the file did not take all
  void check() const {
    if (!file_) throw base::UsageError("The UART file " + path_ + " cannot be written.");
  }

 private:
  std::ostream& stream() { return file_.is_open() ? file_ : terminal_; }

  std::string path_;
  std::ostream& terminal_;
  std::ofstream file_;
};

std::string signature_text(const chip::Chip& chip) {
  std::string text;
  for (const std::uint32_t word : chip.signature()) {
    char line[16];
    std::snprintf(line, sizeof line, "%08x\n", word);
    text += line;
  }
  return text;
}

/// What SYS_GET_CMDLINE gives: the program's name and its arguments.
std::string command_line(const std::string& program, const std::string& rest) {
  const std::string name = program.substr(program.rfind('/') + 1);
  return rest.empty() ? name : name + " " + rest;
}

/// A signal, the limit of host time and an error of the input end a run like any other: what it
/// has written until then is kept.
chip::RunEnd run_to_end(chip::Chip& chip, std::uint64_t max_cycles,
                        std::optional<run::Interrupted>& interrupted) {
  try {
    return chip.run(max_cycles);
  } catch (const run::Interrupted& signal) {
    interrupted = signal;
    return {base::ExitStatus::kLimit, signal.what()};
  } catch (const base::Error& error) {
    return {error.status(), error.what()};
  }
}

/// A call of the host that nobody serves is a breakpoint to the core: says what would be right.
std::string missing_host(chip::Chip& chip) {
  const cpu::StopReport& report = chip.core().hart().stop_report();
  if (report.reason != cpu::StopReason::kUnhandledTrap || report.cause != cpu::kCauseBreakpoint) {
    return "";
  }
  debug::SemihostingPorts ports;
  ports.read = [&chip](std::uint32_t address, void* data, std::uint32_t bytes) {
    return chip.is_memory(address, bytes) && chip.host_port().read(address, data, bytes) == bytes;
  };
  if (!debug::is_semihosting_call(report.pc, ports)) return "";
  return " It is a call of the host; --semihosting FOLDER serves those.";
}

}  // namespace

base::ExitStatus exec_command(const Arguments& asked, const run::Resources& resources) {
  ExecSnapshots snapshots(asked, resources);
  const Arguments& arguments = snapshots.arguments();
  const chip::ChipDescription description = snapshots.chip();
  const std::string program = resources.firmware(arguments.program);
  chip::Log log(arguments.quiet ? chip::Log::silent() : chip::Log::standard_error());
  // The JSON text has standard output for itself.
  std::ostream& terminal = arguments.json ? std::cerr : std::cout;
  UartOutput uart(arguments.uart, terminal);
  chip::ChipOptions options;
  options.fidelity = run::parse_fidelity(arguments.fidelity);
  options.die = arguments.die;
  options.quantum_ns = arguments.quantum_ns;
  options.interpreter = arguments.interpreter;
  cosim::RtlBlocks blocks;
  options.blocks = &blocks;
  options.uart = [&uart](std::uint8_t byte) { uart.put(byte); };
  if (const auto faults = run::plan_faults(description.parameters, arguments.faults)) {
    if (!(arguments.snapshot.empty() && arguments.restore.empty())) {
      throw base::UsageError("A chip with faults cannot be saved or restored; leave one out.");
    }
    chip::FaultRequest& request = options.faults.emplace();
    if (!faults->list.empty()) request.list = chip::read_fault_list(faults->list, faults->origin);
  }
  ExecHost host(arguments.max_seconds);
  options.look = [&host] { host.look(); };
  chip::Chip chip(description, options, log);
  host.attach(chip);
  chip.load_program(program);
  load_files(chip, arguments.load);
  if (!arguments.signature.empty()) {  // nobody wants to be told after the run
    chip.signature();
    check_writable(arguments.signature);
  }
  const std::vector<MemoryFile> dumps = parse_dumps(chip, arguments.dump);
  if (!arguments.semihosting.empty()) {
    host.serve(arguments.semihosting, command_line(program, arguments.program_arguments),
               options.uart);
  }
  snapshots.prepare(chip, description, program);
  trace::Options watched = arguments.trace;
  watched.about = "exec: chip " + arguments.chip + ", program " + arguments.program;
  trace::Tracer tracer(watched, chip, program);
  std::optional<debug::GdbServer> debugger;
  if (arguments.gdb_port) {
    debugger.emplace(
        chip, debug::GdbOptions{*arguments.gdb_port, arguments.gdb_wait, [&host] { host.look(); }});
  }
  std::optional<run::Interrupted> interrupted;
  chip::RunEnd end = run_to_end(chip, arguments.max_cycles, interrupted);
  if (arguments.semihosting.empty()) end.sentence += missing_host(chip);
  uart.flush();
  if (debugger) debugger->finish(end.status);
  log.finish();
  const std::string told = tracer.finish();
  if (!arguments.quiet) std::cerr << tracer.trap(end);
  write_dumps(chip, dumps);
  if (!arguments.signature.empty()) write_file(arguments.signature, signature_text(chip));
  if (arguments.json) {
    nlohmann::ordered_json result = {{"program", program},
                                     {"exit_status", static_cast<int>(end.status)},
                                     {"message", end.sentence},
                                     {"chip_cycles", chip.cycles()},
                                     {"instructions", chip.instructions()},
                                     {"chip_time_s", chip.seconds()}};
    if (options.faults) result["faults"] = report::injected_faults(chip.fault_log());
    std::cout << result.dump(2) << "\n";
  } else if (!arguments.quiet) {
    std::fprintf(stderr, "%llu instructions, %llu cycles, %.3f us of the chip\n",
                 static_cast<unsigned long long>(chip.instructions()),
                 static_cast<unsigned long long>(chip.cycles()), chip.seconds() * 1e6);
    if (options.faults) {
      std::fprintf(stderr, "%llu faults injected\n",
                   static_cast<unsigned long long>(chip.fault_log().count()));
    }
  }
  if (!arguments.quiet || arguments.trace.is_for_terminal()) {
    terminal << report::fitted(told, terminal_width(), 4);
  }
  if (interrupted) throw *interrupted;
  if (end.status != base::ExitStatus::kGood) throw base::Error(end.status, end.sentence);
  snapshots.check_taken(chip);
  uart.check();
  return end.status;
}

}  // namespace leyden::cli
