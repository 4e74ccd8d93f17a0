#include "platform/run/worker.h"

#include <signal.h>
#include <sys/prctl.h>
#include <chrono>

#include <fstream>
#include <functional>
#include <iostream>
#include <istream>
#include <iterator>
#include <optional>
#include <ostream>
#include <string>
#include <utility>

#include "models/cim/linearity.h"
#include "models/cim/repair.h"
#include "models/cim/trim_entry.h"
#include "platform/chip/chip.h"
#include "platform/chip/chip_parameters.h"
#include "platform/chip/debug_port.h"
#include "platform/chip/faults/fault_list.h"
#include "platform/cosim/rtl_blocks.h"
#include "platform/debug/gdb_server.h"
#include "platform/run/snapshot.h"
#include "platform/run/worker_protocol.h"
#include "platform/trace/tracer.h"
#include "registers/cim.h"
#include "registers/memory_map.h"

namespace leyden::run {
namespace {

/// Feeds a worker's images from the inputs file and writes each result as it comes.
class FileService : public chip::ImageService {
 public:
  FileService(const WorkerRequest& request, std::size_t input_bytes, std::ostream& results)
      : request_(request),
        input_bytes_(input_bytes),
        results_(results),
        inputs_(request.inputs_file, std::ios::binary),
        next_(request.first) {
    const std::uint64_t skipped = request.first - request.inputs_first;
    inputs_.seekg(static_cast<std::streamoff>(skipped * input_bytes));
  }

  std::optional<chip::ImageInput> next() override {
    if (next_ == request_.first + request_.count) return std::nullopt;
    chip::ImageInput input;
    input.index = static_cast<std::uint32_t>(next_++);
    input.bytes.resize(input_bytes_);
    inputs_.read(reinterpret_cast<char*>(input.bytes.data()),
                 static_cast<std::streamsize>(input_bytes_));
    if (!inputs_) {
      throw base::ModelError("The worker cannot read input " + std::to_string(input.index) +
                             " from " + request_.inputs_file + ".");
    }
    return input;
  }

  bool wants_layers() const override { return request_.dump_layers; }

  void layer(std::uint32_t number, const std::vector<std::uint8_t>& output) override {
    result_.layer_outputs[number] = output;
  }

  void done(std::uint32_t index, std::uint32_t result) override {
    result_.image = index;
    result_.result_class = result;
    if (latency_) result_.latency_ps = latency_() - std::exchange(told_latency_, latency_());
    results_ << encode(result_) << '\n';
    result_ = ImageResult();
    classes_.push_back(result);
    // Handing results on wakes the program that collects them: not for every image.
    const auto now = std::chrono::steady_clock::now();
    if (now - flushed_ < kFlushPeriod) return;
    results_ << std::flush;
    flushed_ = now;
  }

  /// Sum of the latencies of the images done, in ps.
  void set_latency(std::function<std::uint64_t()> latency) { latency_ = std::move(latency); }

  /// Which images were served, with what result, and the layers of the image under way.
  void archive(base::Archive& a) {
    a(classes_, result_.layer_outputs);
    if (!a.restoring()) return;
    // The image under way has been given out already.
    if (classes_.size() >= request_.count) a.refuse("it has more results than the run has images");
    next_ = request_.first + classes_.size() + 1;
    inputs_.seekg(static_cast<std::streamoff>((next_ - request_.inputs_first) * input_bytes_));
    for (std::size_t i = 0; i < classes_.size(); ++i) {
      ImageResult earlier;
      earlier.image = request_.first + i;
      earlier.result_class = classes_[i];
      results_ << encode(earlier) << '\n';
    }
  }

 private:
  static constexpr std::chrono::milliseconds kFlushPeriod{20};

  const WorkerRequest& request_;
  const std::size_t input_bytes_;
  std::ostream& results_;
  std::ifstream inputs_;
  std::uint64_t next_;
  ImageResult result_;
  std::function<std::uint64_t()> latency_;
  std::uint64_t told_latency_ = 0;
  std::vector<std::uint32_t> classes_;  ///< of the images done
  std::chrono::steady_clock::time_point flushed_;
};

std::vector<std::uint8_t> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::vector<std::uint8_t> bytes((std::istreambuf_iterator<char>(file)), {});
  if (!file || bytes.empty()) throw base::ModelError("The worker cannot read " + path + ".");
  return bytes;
}

/// The repair table of a macro, as firmware left it.
std::vector<std::uint32_t> read_repairs(chip::Chip& chip, const cim::MacroParameters& macro,
                                        unsigned n) {
  std::vector<std::uint32_t> words(macro.spare_columns);
  if (words.empty()) return words;
  chip.host_port().read(registers::kCimWeightsBase + n * registers::kCimWeightsSize +
                            registers::cim::kRepairTableWindow + 4,
                        words.data(), static_cast<unsigned>(4 * words.size()));
  return words;
}

std::optional<std::vector<report::ReplacedColumn>> replaced_columns(
    chip::Chip& chip, const base::ParameterSet& parameters) {
  const cim::MacroParameters macro = cim::read_macro_parameters(parameters);
  if (macro.spare_columns == 0) return std::nullopt;
  std::vector<report::ReplacedColumn> replaced;
  for (unsigned n = 0; n < static_cast<unsigned>(parameters.integer("system.macros")); ++n) {
    const std::vector<std::uint32_t> words = read_repairs(chip, macro, n);
    for (unsigned spare = 0; spare < words.size(); ++spare) {
      if ((words[spare] & cim::Repairs::kValid) == 0) continue;
      replaced.push_back({n, words[spare] & cim::Repairs::kColumn, spare});
    }
  }
  return replaced;
}

/// The ramp over every macro of the die, trimmed as the chip is now.
report::DieLinearity measure_linearity(chip::Chip& chip, const base::ParameterSet& parameters,
                                       std::uint32_t die) {
  const cim::MacroParameters macro = cim::read_macro_parameters(parameters);
  std::vector<cim::Transfer> transfers;
  for (unsigned n = 0; n < static_cast<unsigned>(parameters.integer("system.macros")); ++n) {
    std::vector<std::uint32_t> trims(macro.columns, cim::TrimEntry::kReset);
    chip.host_port().read(registers::kCimWeightsBase + n * registers::kCimWeightsSize +
                              registers::cim::kTrimTableWindow,
                          trims.data(), 4 * macro.columns);
    for (cim::Transfer& transfer :
         cim::measure_transfers(macro, die, n, trims, read_repairs(chip, macro, n))) {
      transfers.push_back(std::move(transfer));
    }
  }
  const cim::Linearity line = cim::linearity_of(transfers, std::min(8u, macro.output_bits(false)));
  report::DieLinearity facts;
  facts.columns = line.columns;
  facts.inl_max_lsb = line.inl_max_lsb;
  facts.inl_rms_lsb = line.inl_rms_lsb;
  facts.dnl_max_lsb = line.dnl_max_lsb;
  facts.dnl_rms_lsb = line.dnl_rms_lsb;
  facts.offset_rms_lsb = line.offset_rms_lsb;
  facts.gain_rms_percent = line.gain_rms_percent;
  facts.error_max_lsb = line.error_max_lsb;
  facts.error_rms_lsb = line.error_rms_lsb;
  facts.missing_codes = line.missing_codes;
  return facts;
}

/// How an image with faults ends is its result, whatever it is.
chip::RunEnd serve_with_faults(chip::Chip& chip, FileService& service, const WorkerRequest& request,
                               std::ostream& results) {
  chip::RunEnd end;
  try {
    end = chip.serve(service, request.max_cycles_per_image);
  } catch (const base::UsageError&) {
    throw;  // not the faults' doing
  } catch (const base::Error& error) {
    end = {error.status(), error.what()};
  }
  results << encode(FaultTrial{end.status, end.sentence, end.asleep, chip.fault_log()}) << '\n'
          << std::flush;
  return {};
}

chip::RunEnd serve(WorkerRequest& request, std::ostream& results) {
  const chip::ChipDescription description =
      chip::load_chip_text(request.chip_text, request.chip_origin, chip::chip_scopes());
  chip::Log log(request.quiet ? chip::Log::silent() : chip::Log::standard_error());
  std::string uart;
  chip::ChipOptions options;
  options.fidelity = request.fidelity;
  options.die = request.die;
  options.quantum_ns = request.quantum_ns;
  options.interpreter = request.interpreter;
  cosim::RtlBlocks blocks;
  options.blocks = &blocks;
  options.uart = [&uart](std::uint8_t byte) {
    constexpr std::size_t kKept = 4096;  // the end is what tells of a failure
    if (uart.size() >= 2 * kKept) uart.erase(0, kKept);
    uart += static_cast<char>(byte);
  };
  if (request.faults) {
    const FaultWork& work = *request.faults;
    chip::FaultRequest& faults = options.faults.emplace();
    if (!work.list.empty()) faults.list = chip::read_fault_list(work.list, work.origin);
    faults.image_cycles = work.image_cycles;
    faults.limit_cycles = work.limit_cycles;
    faults.image = static_cast<std::uint32_t>(request.first);
  }
  chip::Chip chip(description, options, log);
  chip.load_program(request.firmware);
  chip.load_image(read_file(request.image_file));
  FileService service(request, request.input_bytes, results);
  service.set_latency([&chip] { return chip.times().latency_ps; });
  if (request.faults) return serve_with_faults(chip, service, request, results);
  bool as_wanted = false;
  const auto archive = [&](base::Archive& a) {
    a.section("worker", [&] { a(service, uart); });
    chip.archive(a);
  };
  if (!request.restore_file.empty()) {
    base::Archive snapshot = open_snapshot(request.restore_file);
    RunSnapshot about;
    archive_about(snapshot, "run", about);
    archive(snapshot);
    snapshot.finish();
  }
  if (!request.snapshot_file.empty()) {
    chip.at_layer_end({request.snapshot_image, request.snapshot_layer},
                      [&](const chip::SnapshotPlace& place) {
                        base::Archive snapshot;
                        as_wanted = place.as_wanted;
                        snapshot.raw(request.snapshot_about.data(), request.snapshot_about.size());
                        archive(snapshot);
                        write_snapshot(request.snapshot_file, snapshot);
                      });
  }
  std::optional<debug::GdbServer> debugger;
  if (request.gdb_port) {
    debugger.emplace(chip, debug::GdbOptions{*request.gdb_port, request.gdb_wait});
  }
  trace::Tracer tracer(request.trace, chip, request.firmware);
  chip::RunEnd end = chip.serve(service, request.max_cycles_per_image);
  log.finish();
  if (debugger) debugger->finish(end.status);
  const std::string traced = tracer.finish();
  if (!request.quiet) std::cerr << tracer.trap(end);
  if (end.status == base::ExitStatus::kGood) {
    WorkerSums sums;
    sums.usage = chip.usage();
    sums.events = chip.events();
    sums.image_period_ps = chip.times().period_ps;
    sums.image_latency_ps = chip.times().latency_ps;
    sums.warnings = log.warnings();
    sums.traced = traced;
    sums.snapshot_taken = !request.snapshot_file.empty() && chip.snapshot_taken();
    sums.snapshot_as_wanted = as_wanted;
    if (request.measure_linearity) {
      sums.linearity = measure_linearity(chip, description.parameters, request.die);
    }
    sums.replaced_columns = replaced_columns(chip, description.parameters);
    results << encode(sums) << '\n' << std::flush;
    return end;
  }
  while (!uart.empty() && (uart.back() == '\n' || uart.back() == '\r')) uart.pop_back();
  const std::size_t line = uart.rfind('\n');
  if (!uart.empty()) {
    end.sentence += " Its last line was: " + uart.substr(line == std::string::npos ? 0 : line + 1);
  }
  return end;
}

}  // namespace

int run_worker(std::istream& request, std::ostream& results) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // nobody would read the results
  WorkerError error;
  try {
    const std::string text((std::istreambuf_iterator<char>(request)), {});
    WorkerRequest asked = decode_request(text);
    const chip::RunEnd end = serve(asked, results);
    if (end.status == base::ExitStatus::kGood) return 0;
    error = {end.status, end.sentence};
  } catch (const base::Error& thrown) {
    error = {thrown.status(), thrown.what()};
  } catch (const std::exception& thrown) {
    error = {base::ExitStatus::kModel, thrown.what()};
  }
  results << encode(error) << '\n' << std::flush;
  return static_cast<int>(error.status);
}

}  // namespace leyden::run
