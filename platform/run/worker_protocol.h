#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "models/base/error.h"
#include "models/base/fidelity.h"
#include "platform/chip/faults/fault.h"
#include "platform/chip/usage.h"
#include "platform/report/dies.h"
#include "platform/report/replaced_column.h"
#include "platform/trace/options.h"

namespace leyden::run {

/// The faults of one image, which is the only one of its worker.
struct FaultWork {
  std::string list;                ///< text of the list of faults, "": none
  std::string origin;              ///< its file, for messages
  std::uint64_t image_cycles = 0;  ///< that the image takes without faults
  std::uint64_t limit_cycles = 0;  ///< at which it hangs
};

/// How an image with faults ended; its result, if there is one, comes as an ImageResult.
struct FaultTrial {
  base::ExitStatus status = base::ExitStatus::kGood;
  std::string sentence;
  bool asleep = false;  ///< nothing would ever have woken the core
  chip::FaultLog log;
};

/// What a worker is asked to do: one chip, a contiguous range of images. Sent as one line of JSON.
struct WorkerRequest {
  std::string chip_text;           ///< effective configuration, as dump_chip_file writes it
  std::string chip_origin;         ///< the file it came from, for messages
  std::string firmware;            ///< path of the ELF file
  std::string image_file;          ///< path of the compiled network
  std::string inputs_file;         ///< input codes of all images of the run, one after the other
  std::uint64_t input_bytes = 0;   ///< of one image
  std::uint64_t inputs_first = 0;  ///< number in the data set of the first image in inputs_file
  std::uint64_t first = 0;         ///< numbers in the data set
  std::uint64_t count = 0;
  base::Fidelity fidelity = base::Fidelity::kIdeal;
  std::uint32_t die = 0;
  double quantum_ns = 0;
  bool interpreter = false;
  std::uint64_t max_cycles_per_image = 0;
  bool dump_layers = false;               ///< send every layer's output too
  bool quiet = false;                     ///< keep warnings off standard error
  std::optional<std::uint16_t> gdb_port;  ///< let a debugger connect
  bool gdb_wait = true;                   ///< and wait for it
  trace::Options trace;                   ///< files, of the first worker only
  std::string snapshot_file;              ///< "": none is wanted
  std::uint32_t snapshot_image = 0;
  std::uint32_t snapshot_layer = 0;
  std::vector<std::uint8_t> snapshot_about;  ///< what it begins with, ready made
  bool measure_linearity = false;            ///< of the die, as firmware left it trimmed
  std::string restore_file;                  ///< snapshot to go on from, "": none
  std::optional<FaultWork> faults;
};

/// One image's result.
struct ImageResult {
  std::uint64_t image = 0;  ///< number in the data set
  std::uint32_t result_class = 0;
  std::uint64_t latency_ps = 0;  ///< from its post to the result
  std::map<std::uint32_t, std::vector<std::uint8_t>> layer_outputs;  ///< when asked for
};

/// The sums of a worker, its last line.
struct WorkerSums {
  chip::LayerUsage usage;  ///< boot included, once a worker
  chip::EventTable events;
  std::uint64_t image_period_ps = 0;
  std::uint64_t image_latency_ps = 0;
  std::vector<std::string> warnings;
  std::string traced;  ///< what tracing has for the terminal
  bool snapshot_taken = false;
  bool snapshot_as_wanted = false;                ///< else at the first place after it
  std::optional<report::DieLinearity> linearity;  ///< when asked for
  std::optional<std::vector<report::ReplacedColumn>> replaced_columns;  ///< where there are spares
};

/// Why a worker stopped early.
struct WorkerError {
  base::ExitStatus status = base::ExitStatus::kModel;
  std::string sentence;
};

/// One line of a worker: exactly one of these.
struct WorkerMessage {
  std::optional<ImageResult> image;
  std::optional<WorkerSums> sums;
  std::optional<WorkerError> error;
  std::optional<FaultTrial> trial;
};

std::string encode(const WorkerRequest& request);
std::string encode(const ImageResult& result);
std::string encode(const WorkerSums& sums);
std::string encode(const WorkerError& error);
std::string encode(const FaultTrial& trial);
/// @throws base::ModelError when the text is not what encode() writes
WorkerRequest decode_request(const std::string& text);
WorkerMessage decode_message(const std::string& line);

}  // namespace leyden::run
