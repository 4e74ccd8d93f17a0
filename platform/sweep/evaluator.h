#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "platform/run/resources.h"
#include "platform/sweep/point.h"

namespace leyden::sweep {

/// What all points of a sweep share; a point's settings go over it. Everything a worker needs to
/// evaluate points, so that it may be another process on another machine.
struct Base {
  std::string chip;                   ///< a preset's name or a path
  std::string network;                ///< a preset's name or a path
  std::string data;                   ///< folder of images
  std::vector<std::string> set;       ///< key=value each, of the chip
  std::vector<std::string> quantise;  ///< key=value each, of the network
  std::string objective = "latency";  ///< of mappings: latency, energy or none
  std::uint64_t calibration_images = 256;
  std::uint64_t images = 100;  ///< of a full point
  std::string fidelity = "analog";
  std::uint32_t die = 1;
  bool calibrate = false;    ///< firmware trims the macros first
  bool guarded = false;      ///< firmware takes measures against faults
  double max_seconds = 0;    ///< of a full point, 0: no limit
  bool keep_layers = false;  ///< results have layers at depth cost too
};

/// Evaluates points in this process (the runs of full points are worker processes of it).
class Evaluator {
 public:
  virtual ~Evaluator() = default;
  /// What is wrong with a point is in its result: nothing is thrown for it but run::Interrupted.
  virtual PointResult evaluate(const Point& point) = 0;
};

/// @throws base::UsageError for what no point changes: chip, network or data that are not there
std::unique_ptr<Evaluator> make_evaluator(const Base& base, const run::Resources& resources);

}  // namespace leyden::sweep
