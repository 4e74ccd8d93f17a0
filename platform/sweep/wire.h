#pragma once

#include <string>

#include "platform/sweep/evaluator.h"
#include "platform/sweep/point.h"

namespace leyden::sweep {

/// The first line of a worker: whether it can evaluate points of the base at all.
struct WorkerStart {
  base::ExitStatus status = base::ExitStatus::kGood;
  std::string message;  ///< why it cannot, one sentence
};

/// What goes between a sweep and its workers: one line of JSON each, without the newline. A worker
/// reads a Base first and answers with a WorkerStart, then reads one Point a line and answers one
/// PointResult a line. Numbers keep every bit; the text is the same for equal values.
/// @throws base::ModelError when a number is not finite or a text of a base or point is not UTF-8
/// (what of a result's texts is not is replaced)
std::string encode(const Base& base);
std::string encode(const Point& point);
std::string encode(const PointResult& result);
std::string encode(const WorkerStart& start);

/// Strict: all members and no other, each of its type and range.
/// @throws base::ModelError with what is wrong, for any text that encode() does not write
Base decode_base(const std::string& line);
Point decode_point(const std::string& line);
PointResult decode_result(const std::string& line);
WorkerStart decode_start(const std::string& line);

}  // namespace leyden::sweep
