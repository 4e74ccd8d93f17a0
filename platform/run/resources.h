#pragma once

#include <string>
#include <vector>

namespace leyden::run {

/// Where the program finds what it comes with: presets and firmware. Looked up in this order and
/// never in the current folder: the environment (LEYDEN_CONFIGS, LEYDEN_FIRMWARE), the folder
/// share/leyden of the prefix that the executable is installed in, the source and build tree it was
/// built from.
class Resources {
 public:
  /// @param executable the running program's path
  static Resources find(const std::string& executable);

  /// A preset's name ("imagine") or a path to a chip file. @return the file's path
  /// @throws base::UsageError with "did you mean"
  std::string chip(const std::string& name_or_path) const;
  /// A preset's name ("lenet5-fashion") or a path: a folder with network.yaml, that file, or an
  /// ONNX file.
  std::string network(const std::string& name_or_path) const;
  /// A preset's name ("adc-rows-swing") or a path to a sweep file.
  std::string sweep(const std::string& name_or_path) const;
  /// A firmware's name ("infer") or a path to an ELF file.
  std::string firmware(const std::string& name_or_path) const;

  std::vector<std::string> chips() const;
  std::vector<std::string> networks() const;
  std::vector<std::string> sweeps() const;
  const std::string& configs() const { return configs_; }

 private:
  std::string configs_;
  std::string firmware_;
};

/// The firmware for inference: with the macros calibrated first, with measures against faults
/// (docs/ecc.md).
std::string inference_firmware(bool calibrate, bool guarded);
/// Whether a firmware of that name calibrates the macros.
bool calibrates(const std::string& firmware);

/// The running program's own file.
std::string executable_path();

}  // namespace leyden::run
