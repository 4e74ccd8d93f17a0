#pragma once

#include <cstdint>
#include <vector>

#include "models/cim/job.h"
#include "models/cim/parameters.h"

namespace leyden::cim {

/// Where each access of the feeder lies: the beats that job_timing() counts, in the order of the
/// window. A beat of padding lies at the nearest pixel of the input, as it costs an access too.
class FeedBeats {
 public:
  FeedBeats(const Job& job, const FeederShape& shape);

  /// Beats of a position whose shift register is empty, and of any other.
  std::uint64_t count(bool whole_window) const {
    return whole_window ? whole_.size() : fresh_.size();
  }
  /// Byte offset of a beat's first element from the input's first pixel.
  std::uint64_t offset(std::uint64_t position, bool whole_window, std::uint64_t beat) const;

 private:
  struct Element {
    unsigned ky;
    unsigned kx;
    unsigned channel;
  };
  void add_range(std::vector<std::uint64_t>& elements, std::uint64_t first, std::uint64_t last,
                 std::uint64_t& left) const;
  std::vector<Element> located(const std::vector<std::uint64_t>& elements) const;

  Job job_;
  unsigned port_bytes_;
  std::vector<Element> whole_;
  std::vector<Element> fresh_;
};

}  // namespace leyden::cim
