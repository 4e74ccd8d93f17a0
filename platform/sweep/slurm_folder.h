#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "platform/sweep/chunk.h"

namespace leyden::sweep {

/// The folder that a sweep shares with its tasks on the cluster. It holds, for each job array:
///
///     KEY-SERIAL.sh               the script of its tasks
///     KEY-SERIAL-INDEX.chunk      the points of a task
///     KEY-SERIAL-INDEX.results    their results
///     KEY-SERIAL-INDEX.log        what the task said
///
/// KEY tells the base of the sweep and the version of the program, so that results of another are
/// not taken for this one's; SERIAL is never used twice, also by a sweep that is resumed.
class SlurmFolder {
 public:
  /// Makes the folder if it is not there. @throws base::UsageError when it cannot be made or
  /// written, or its path cannot be put in a script (a line break)
  SlurmFolder(const std::string& path, const Base& base);

  /// A task: number of its array and its index there.
  struct Place {
    std::uint64_t serial = 0;
    std::uint64_t index = 0;

    bool operator<(const Place& other) const {
      return serial != other.serial ? serial < other.serial : index < other.index;
    }
  };

  const std::string& path() const { return path_; }
  /// Begins the names of all jobs of this folder, of other bases too.
  std::string job_prefix() const;
  std::string job_name(std::uint64_t serial) const;

  std::string script(std::uint64_t serial) const;
  std::string chunk(const Place& place) const;
  std::string results(const Place& place) const;
  std::string log(const Place& place) const;
  /// With Slurm's sign for the index.
  std::string log_pattern(std::uint64_t serial) const;

  /// Writes the script of an array: each task execs `program` on its chunk.
  void write_script(std::uint64_t serial, const std::string& program) const;

  /// Another's last number, or 0: what sweeps before this one left, whatever their base.
  std::uint64_t last_serial() const;
  /// Tasks of this base that have a whole chunk file, in order.
  std::vector<Place> places() const;

  /// An empty results file, so that this machine's share of the folder knows of it before the
  /// node writes. @throws base::UsageError
  void make_results(const Place& place) const;

  /// Removes the files of a task that is over; the log too, unless it is to be read.
  void remove(const Place& place, bool log) const;
  void remove_script(std::uint64_t serial) const;
  /// Removes what earlier sweeps left, of all bases, but for these tasks.
  void remove_but(const std::vector<Place>& kept) const;
  /// Removes the folder when nothing is in it.
  void remove_if_empty() const;
  /// The last line of a log without the program's own "leyden: ", "" when there is none.
  std::string last_words(const Place& place) const;

 private:
  std::string stem(std::uint64_t serial) const;
  std::string stem(const Place& place) const;

  std::string path_;
  std::string key_;
};

/// A word of a POSIX shell that stands for exactly this text.
std::string shell_quoted(const std::string& text);

/// The serial number at the end of a job's name, 0 when it has none.
std::uint64_t serial_of_job(const std::string& name);

}  // namespace leyden::sweep
