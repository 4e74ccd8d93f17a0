#include "platform/cli/arguments.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <iostream>
#include <limits>
#include <map>
#include <set>

#include "models/base/error.h"
#include "models/base/parameter.h"
#include "platform/cli/check_dies.h"
#include "platform/cli/report_arguments.h"
#include "platform/cli/search_arguments.h"
#include "platform/cli/terminal.h"
#include "platform/cli/trace_arguments.h"
#include "platform/report/text_table.h"

namespace leyden::cli {
namespace {

using base::UsageError;

constexpr const char* kFooter =
    "Exit status: 0 good; 1 the firmware failed; 2 wrong usage or configuration; 3 a limit was\n"
    "reached; 4 a model error. More: docs/cli.md.";

constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint64_t kMostOf32Bits = std::numeric_limits<std::uint32_t>::max();

template <typename Number>
bool reads_as(const std::string& text, Number& value) {
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  return error == std::errc() && stop == end;
}

/// An option that takes a whole number. (The library would wrap a negative or a huge one.)
CLI::Validator whole_number(std::uint64_t least, std::uint64_t most) {
  return CLI::Validator(
      [least, most](const std::string& text) {
        std::uint64_t value = 0;
        if (reads_as(text, value) && value >= least && value <= most) return std::string();
        return "'" + text + "' is not a whole number from " + std::to_string(least) + " to " +
               std::to_string(most);
      },
      "");
}

/// An option that takes a real number. @param range  the same limits in words
CLI::Validator real_number(double least, double most, const std::string& range) {
  return CLI::Validator(
      [least, most, range](const std::string& text) {
        double value = 0;
        if (reads_as(text, value) && value >= least && value <= most) return std::string();
        return "'" + text + "' is not a number from " + range;
      },
      "");
}

/// An option that is given once for each of its values.
void add_list(CLI::App* command, const std::string& name, std::vector<std::string>& values,
              const std::string& what) {
  command->add_option(name, values, what)
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

void add_chip(CLI::App* command, Arguments& arguments) {
  command->add_option("--chip", arguments.chip, "Chip: a preset's name or a chip file");
  add_list(command, "--set", arguments.set, "Set a parameter of the chip: key=value (repeatable)");
}

void add_simulation(CLI::App* command, Arguments& arguments) {
  command->add_option("--faults", arguments.faults, "List of faults to inject (docs/faults.md)");
  command->add_option("--fidelity", arguments.fidelity, "ideal, quantised or analog")
      ->capture_default_str();
  command->add_option("--die", arguments.die, "Seed of the die: its mismatch")
      ->check(whole_number(0, kMostOf32Bits))
      ->capture_default_str();
  command
      ->add_option("--quantum-ns", arguments.quantum_ns,
                   "How far the core runs ahead at most; results do not depend on it")
      ->check(real_number(0.001, 1e9, "0.001 to 1e9"))
      ->capture_default_str();
  command->add_flag(
      "--interpreter", arguments.interpreter,
      "Interpret the firmware, do not translate it to host code; results are the same");
}

void add_debugger(CLI::App* command, Arguments& arguments) {
  command
      ->add_option("--gdb", arguments.gdb_port,
                   "Let GDB debug the firmware on this port of 127.0.0.1; 0: any that is free")
      ->check(whole_number(0, 65535));
  command
      ->add_flag("--gdb-wait,!--no-gdb-wait", arguments.gdb_wait,
                 "Wait for GDB before the first instruction (default)")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
}

void add_host_time(CLI::App* command, Arguments& arguments) {
  command
      ->add_option("--max-seconds", arguments.max_seconds, "Give up after that host time; 0: never")
      ->check(real_number(0, 1e9, "0 to 1e9"))
      ->capture_default_str();
}

void add_snapshot(CLI::App* command, Arguments& arguments, const std::string& place) {
  command->add_option("--snapshot", arguments.snapshot, "Write the chip's state to a file");
  command->add_option("--snapshot-at", arguments.snapshot_at,
                      "When: at the end of a layer, " + place);
  command->add_option("--restore", arguments.restore, "Go on from a snapshot");
}

void add_output(CLI::App* command, Arguments& arguments) {
  command->add_flag("-q,--quiet", arguments.quiet, "Print nothing but errors");
  command->add_flag("--json", arguments.json, "Print the result as JSON");
}

void add_network(CLI::App* command, Arguments& arguments) {
  command->add_option("--network", arguments.network, "Network: a preset's name or an ONNX file");
  command
      ->add_option("--calibration-images", arguments.calibration_images,
                   "Training images the network is quantised with")
      ->check(whole_number(0, kMostOf32Bits))
      ->capture_default_str();
  add_list(command, "--quantise", arguments.quantise,
           "Set a key of the network's quantisation: key=value (repeatable)");
  command
      ->add_option("--input-scale", arguments.input_scale,
                   "Real value of one code of the data, for an ONNX file without a network file; "
                   "else that of its quantised input, or 1/255")
      ->check(real_number(1e-12, 1e12, "1e-12 to 1e12"));
  command
      ->add_option("--input-zero-point", arguments.input_zero_point,
                   "Code of the data that stands for 0, for an ONNX file without a network file; "
                   "else that of its quantised input, or 0")
      ->check(whole_number(0, 255));
  command
      ->add_option("--objective", arguments.objective,
                   "What the mapping is chosen for: latency, energy, or none: the first that fits")
      ->capture_default_str();
  command->add_option("--mapping", arguments.mapping,
                      "Take the mapping from a file that compile --write-mapping wrote");
}

void add_trace(CLI::App* command, Arguments& arguments) {
  command->add_option(
      "--profile", arguments.trace.profile,
      "Write cycles and energy by function to a callgrind file; -: the table alone");
  command->add_option("--coverage", arguments.trace.coverage,
                      "Write which source lines were executed to an lcov file");
  command->add_option("--timeline", arguments.trace.timeline,
                      "Write functions and layers over time to a file for Perfetto");
  add_unit_traces(command, arguments);
}

CLI::App* add_run(CLI::App& app, Arguments& arguments) {
  CLI::App* run = app.add_subcommand("run", "Run a network on a chip over images of a data set");
  add_chip(run, arguments);
  add_network(run, arguments);
  add_simulation(run, arguments);
  add_debugger(run, arguments);
  add_output(run, arguments);
  run->add_option("--data", arguments.data, "Folder of IDX or CIFAR-10 files");
  run->add_option("--images", arguments.images, "Number of test images")
      ->check(whole_number(1, kMostOf32Bits))
      ->capture_default_str();
  run->add_option("--first-image", arguments.first_image, "Test image to start from")
      ->check(whole_number(0, kMostOf32Bits))
      ->capture_default_str();
  run->add_option("--dies", arguments.dies,
                  "Monte-Carlo over so many dies, from --die on: accuracy and linearity of each")
      ->check(whole_number(1, 100'000));
  run->add_option("--accuracy-limit", arguments.accuracy_limit_percent,
                  "Percent a good die reaches; tells the yield of --dies")
      ->check(real_number(0, 100, "0 to 100"));
  run->add_option("--jobs", arguments.jobs, "Worker processes; results do not depend on it")
      ->check(whole_number(1, 1024))
      ->capture_default_str();
  run->add_option("--report", arguments.report_folder, "Folder to write the report to");
  run->add_option("--csv", arguments.csv, "Write the table of layers to a CSV file");
  run->add_option("--firmware", arguments.firmware, "Firmware: a name or an ELF file")
      ->capture_default_str();
  run->add_flag("--calibrate", arguments.calibrate,
                "Let firmware calibrate the macros before it loads the network");
  run->add_flag("--guarded", arguments.guarded,
                "Let firmware take measures against faults: checksums, error codes, watchdog");
  run->add_option("--max-cycles-per-image", arguments.max_cycles_per_image,
                  "Give up when an image, or boot less 64 cycles a byte of the network, takes more "
                  "cycles")
      ->check(whole_number(1, kMost))
      ->capture_default_str();
  add_host_time(run, arguments);
  run->add_flag("--check-reference", arguments.check_reference,
                "Compare every layer's output with the host reference (ideal, quantised)");
  add_trace(run, arguments);
  add_snapshot(run, arguments, "IMAGE:LAYER (number or name; input, output)");
  return run;
}

CLI::App* add_exec(CLI::App& app, Arguments& arguments) {
  CLI::App* exec = app.add_subcommand("exec", "Run a program on a chip");
  add_chip(exec, arguments);
  add_simulation(exec, arguments);
  add_debugger(exec, arguments);
  add_output(exec, arguments);
  exec->add_option("program", arguments.program, "ELF file (RV32, machine mode), or a name");
  exec->add_option("--max-cycles", arguments.max_cycles, "Give up after that many cycles")
      ->check(whole_number(1, kMost))
      ->capture_default_str();
  exec->add_option("--signature", arguments.signature,
                   "Write the memory from begin_signature to end_signature to a file");
  add_trace(exec, arguments);
  exec->add_option("--log-commits", arguments.trace.commits,
                   "Write one line a retired instruction to a file, as Spike does");
  exec->add_flag("--log-symbols", arguments.trace.symbols,
                 "Write names of functions into the commit log");
  exec->add_flag("--stack", arguments.trace.stack, "Tell how much of the stack was used");
  add_snapshot(exec, arguments, "LAYER (the number that the program gives to PERF)");
  exec->add_option("--uart", arguments.uart, "Where the UART goes: - (standard output) or a file")
      ->capture_default_str();
  add_host_time(exec, arguments);
  add_list(exec, "--load", arguments.load,
           "Load a file's bytes before the start: FILE@ADDRESS (repeatable)");
  add_list(exec, "--dump", arguments.dump,
           "Write memory to a file after the end: FILE@ADDRESS:BYTES (repeatable)");
  exec->add_option("--semihosting", arguments.semihosting,
                   "Let the program call the host (semihosting), with files of this folder");
  exec->add_option("--args", arguments.program_arguments,
                   "Arguments of the program (semihosting), behind its name");
  return exec;
}

CLI::App* add_compile(CLI::App& app, Arguments& arguments) {
  CLI::App* compile = app.add_subcommand("compile", "Compile a network to an image for a chip");
  add_chip(compile, arguments);
  add_network(compile, arguments);
  add_output(compile, arguments);
  compile->add_option("--calibrate", arguments.data, "Folder of IDX or CIFAR-10 files");
  compile->add_flag("--errors", arguments.errors,
                    "Tell the error that each layer adds, and how its converters are used");
  compile->add_option("-o,--output", arguments.output, "The image to write");
  compile->add_option("--write-mapping", arguments.write_mapping,
                      "Write where every weight lies to a file that --mapping takes");
  compile->add_flag("--explain", arguments.explain,
                    "Tell of each layer what was done and why, and what bounds it");
  compile->add_option("--picture", arguments.picture,
                      "Write a picture of what the arrays hold (SVG)");
  add_search(compile, arguments);
  return compile;
}

/// The sentence for what the command line parser did not understand.
std::string unexpected(const CLI::App& command, const std::string& word) {
  std::vector<std::string> known;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) known.push_back("--" + name);
  }
  for (const CLI::App* sub :
       command.get_subcommands([](const CLI::App* app) { return !app->get_group().empty(); })) {
    known.push_back(sub->get_name());
  }
  const std::string name = word.substr(0, word.find('='));
  const std::string nearest = base::nearest_word(name, known);
  const std::string whole =
      command.get_parent() == nullptr ? "leyden" : "leyden " + command.get_name();
  return "The argument " + name + " of " + whole + " is unknown" +
         (nearest.empty() ? "; see " + whole + " --help." : "; did you mean '" + nearest + "'?");
}

void require(const std::string& value, const std::string& command, const std::string& option) {
  if (value.empty()) {
    throw UsageError("leyden " + command + " needs " + option + "; see leyden " + command +
                     " --help.");
  }
}

void require_choice(const std::string& value, const std::string& option,
                    const std::vector<std::string>& choices) {
  if (std::find(choices.begin(), choices.end(), value) != choices.end()) return;
  std::string list;
  for (const std::string& choice : choices) list += (list.empty() ? "" : ", ") + choice;
  const std::string nearest = base::nearest_word(value, choices);
  throw UsageError(option + " is " + value + ", but one of " + list + " is right" +
                   (nearest.empty() ? "." : "; did you mean '" + nearest + "'?"));
}

/// An empty value is a script's unset variable: no option means "none" by it.
void check_values(const CLI::App& command) {
  // --uart and --profile take - for the terminal.
  static const std::set<std::string> kOutputs = {
      "--signature", "--coverage", "--timeline", "--log-commits", "--snapshot",
      "--csv",       "--output",   "--trace",    "--wave",        "--wave-layout"};
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& value : option->results()) {
      const std::string name = option->get_name();
      if (value.empty() && name != "--args") {
        throw UsageError("The value of " + name + " is empty; give one, or leave the option out.");
      }
      if (value == "-" && kOutputs.count(name) != 0) {
        throw UsageError(name + " writes a file; for standard output give /dev/stdout, not -.");
      }
    }
  }
}

void check(Arguments& arguments) {
  if (arguments.snapshot.empty() != arguments.snapshot_at.empty()) {
    throw UsageError("--snapshot FILE and --snapshot-at go together; give both.");
  }
  if (!arguments.restore.empty() && !arguments.load.empty()) {
    throw UsageError(
        "--load writes memory at the start, but --restore begins later, with the memory of then; "
        "leave --load out.");
  }
  check_unit_traces(arguments);
  switch (arguments.command) {
    case Command::kRun:
      if (arguments.jobs != 1 && !(arguments.snapshot.empty() && arguments.restore.empty())) {
        throw UsageError("Snapshots are of one worker; give --jobs 1.");
      }
      if (arguments.restore.empty()) {  // else the snapshot knows
        require(arguments.chip, "run", "--chip");
        require(arguments.network, "run", "--network");
        require(arguments.data, "run", "--data");
      }
      check_dies(arguments);
      for (const char* flag : {"--calibrate", "--guarded"}) {
        if (arguments.given.count("--firmware") == 0 || arguments.given.count(flag) == 0) continue;
        throw UsageError(std::string(flag) + " chooses the firmware; leave --firmware out, or " +
                         flag + ".");
      }
      if (arguments.gdb_port && arguments.jobs != 1) {
        throw UsageError("--gdb debugs one chip: it needs --jobs 1, not " +
                         std::to_string(arguments.jobs) + ".");
      }
      break;
    case Command::kExec:
      if (arguments.restore.empty()) {
        require(arguments.chip, "exec", "--chip");
        require(arguments.program, "exec", "a program (an ELF file)");
      }
      if (arguments.trace.symbols) {
        require(arguments.trace.commits, "exec", "--log-commits when --log-symbols is given");
      }
      if (!arguments.semihosting.empty() &&
          !(arguments.snapshot.empty() && arguments.restore.empty())) {
        throw UsageError(
            "--semihosting does not go with snapshots: the program's files are not in them.");
      }
      if (!arguments.program_arguments.empty() && arguments.semihosting.empty()) {
        throw UsageError("--args needs --semihosting: only so can the program ask for them.");
      }
      break;
    case Command::kCompile:
      require(arguments.chip, "compile", "--chip");
      require(arguments.network, "compile", "--network");
      require(arguments.data, "compile", "--calibrate");
      require(arguments.output, "compile", "-o");
      check_search(arguments);
      break;
    case Command::kList:
      require(arguments.subject, "list",
              "one of chips, networks, sweeps, parameters, signals, map");
      require_choice(arguments.subject, "The argument of leyden list",
                     {"chips", "networks", "sweeps", "parameters", "signals", "map"});
      break;
    case Command::kCoverage:
      check_coverage(arguments.coverage);
      break;
    case Command::kDiff:
      check_diff(arguments.diff);
      break;
    case Command::kReport:
      check_report_arguments(arguments);
      break;
    case Command::kSweep:
      check_sweep(arguments.sweep);
      break;
    case Command::kVectors:
      require(arguments.chip, "vectors", "--chip");
      require(arguments.network, "vectors", "--network");
      require(arguments.data, "vectors", "--data");
      check_vectors(arguments.vectors);
      break;
    case Command::kReplay:
      check_replay(arguments.replay);
      break;
    case Command::kValidate:
    case Command::kWorker:
    case Command::kSweepWorker:
    case Command::kNone:
      break;
  }
  require_choice(arguments.objective, "--objective", {"latency", "energy", "none"});
  if (!arguments.mapping.empty() && arguments.given.count("--objective") != 0) {
    throw UsageError("--mapping tells the whole mapping; leave --objective out, or --mapping.");
  }
  require_choice(arguments.fidelity, "--fidelity", {"ideal", "quantised", "analog"});
}

}  // namespace

std::string version() { return LEYDEN_VERSION; }

Arguments parse_arguments(int argc, const char* const* argv, bool& help_shown) {
  Arguments arguments;
  help_shown = false;
  CLI::App app("Leyden: a virtual prototype of compute-in-memory accelerators", "leyden");
  app.footer(kFooter);
  // The last of a repeated option counts, so that scripts can put a person's options behind theirs.
  app.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  app.set_version_flag("--version", "leyden " LEYDEN_VERSION);
  std::map<CLI::App*, Command> commands;
  commands[add_run(app, arguments)] = Command::kRun;
  commands[add_exec(app, arguments)] = Command::kExec;
  commands[add_compile(app, arguments)] = Command::kCompile;
  CLI::App* list = app.add_subcommand(
      "list", "List chips, networks, sweeps, parameters, signals or a memory map");
  list->add_option("subject", arguments.subject,
                   "chips, networks, sweeps, parameters, signals or map");
  list->add_option("--chip", arguments.chip, "parameters, map: of this chip, with its own blocks");
  add_output(list, arguments);
  commands[list] = Command::kList;
  CLI::App* validate =
      app.add_subcommand("validate", "Compare modelled with published figures of a chip");
  validate->add_option("system", arguments.subject, "One of the systems (default: all)");
  validate->add_option("--chip", arguments.chip,
                       "A file with array, node, bits and supply of a new chip, to be predicted");
  validate->add_flag("--leave-one-out", arguments.leave_one_out,
                     "Show each system as knobs predict it that were fitted without it");
  add_output(validate, arguments);
  commands[validate] = Command::kValidate;
  CLI::App* coverage = app.add_subcommand(
      "coverage", "Tell what of the chip's behaviour runs have shown, and merge it");
  add_coverage(coverage, arguments.coverage);
  add_output(coverage, arguments);
  commands[coverage] = Command::kCoverage;
  CLI::App* diff = app.add_subcommand("diff", "Tell what changed from one report to another");
  add_diff(diff, arguments.diff);
  add_output(diff, arguments);
  commands[diff] = Command::kDiff;
  commands[add_report(app, arguments)] = Command::kReport;
  CLI::App* sweep = add_sweep(app, arguments.sweep);
  add_output(sweep, arguments);
  commands[sweep] = Command::kSweep;
  CLI::App* vectors = app.add_subcommand(
      "vectors", "Record stimulus and response of a job, a layer or a unit for test benches");
  add_chip(vectors, arguments);
  add_network(vectors, arguments);
  add_simulation(vectors, arguments);
  vectors->add_option("--data", arguments.data, "Folder of IDX or CIFAR-10 files");
  vectors->add_flag("--calibrate", arguments.calibrate,
                    "Let firmware calibrate the macros before it loads the network");
  add_vectors(vectors, arguments.vectors);
  add_output(vectors, arguments);
  commands[vectors] = Command::kVectors;
  CLI::App* replay = app.add_subcommand(
      "replay", "Play a recording of leyden vectors to the block alone and compare");
  add_replay(replay, arguments.replay);
  add_output(replay, arguments);
  commands[replay] = Command::kReplay;
  // Started by `run` and `sweep` themselves; not for people.
  commands[app.add_subcommand("worker")->group("")] = Command::kWorker;
  commands[add_sweep_worker(app, arguments.sweep)] = Command::kSweepWorker;
  app.allow_extras();
  for (const auto& entry : commands) entry.first->allow_extras();

  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    constexpr std::size_t kDescriptions = 30;  // where they begin
    std::cout << report::fitted(app.help(), terminal_width(), kDescriptions);
    help_shown = true;
    return arguments;
  } catch (const CLI::Success& success) {  // --version
    app.exit(success);
    help_shown = true;
    return arguments;
  } catch (const CLI::ParseError& error) {
    std::string sentence = error.what();
    if (!sentence.empty() && sentence.back() != '.') sentence += '.';
    throw UsageError(sentence);
  }
  const CLI::App* used = &app;
  for (const auto& [sub, command] : commands) {
    if (!sub->parsed()) continue;
    used = sub;
    arguments.command = command;
    for (const CLI::Option* option : sub->get_options()) {
      if (option->count() != 0) arguments.given.insert(option->get_name());
    }
  }
  check_values(*used);
  for (const CLI::App* command : {used, static_cast<const CLI::App*>(&app)}) {
    const std::vector<std::string> rest = command->remaining();
    if (!rest.empty()) throw UsageError(unexpected(*command, rest.front()));
  }
  if (arguments.command == Command::kNone) {
    throw UsageError("leyden needs a command, such as run, compile or report; see leyden --help.");
  }
  check(arguments);
  return arguments;
}

}  // namespace leyden::cli
