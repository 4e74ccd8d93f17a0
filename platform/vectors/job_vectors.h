#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "platform/vectors/readmemh.h"
#include "platform/vectors/stream.h"

namespace leyden::vectors {

/// A strided region of LMEM with what is in it.
struct RegionData {
  std::uint64_t address = 0;
  std::uint32_t length = 0;  ///< bytes of a run
  std::uint32_t stride = 0;
  std::uint32_t count = 1;
  std::uint64_t wait_cycles = 0;    ///< what the job waits for the bank
  std::vector<std::uint8_t> bytes;  ///< length * count, run by run
};
void add_to(ByteMap& map, const RegionData& region);
/// The region's bytes out of a map; false when one is not there.
bool take_from(const ByteMap& map, RegionData& region);

/// One job of a CIM unit or of the vector unit: all that it reads, and what it writes.
struct JobVectors {
  std::uint64_t number = 0;    ///< of all jobs since the run began, from 0
  std::string unit;            ///< "cim0", "vector"
  std::uint64_t unit_job = 0;  ///< of the unit's
  std::optional<std::uint32_t> layer;
  std::string layer_name;
  std::uint32_t image = 0;  ///< what random draws are keyed by
  std::uint64_t start_ps = 0;
  std::uint64_t start_cycle = 0;
  std::uint64_t start_delay_ps = 0;  ///< from when START was written to its arrival
  std::uint64_t cycles = 0;          ///< from START to the visible output
  std::uint32_t control = 1;         ///< the word that starts it
  std::vector<std::uint32_t> words;  ///< job registers, the first one first
  std::vector<RegionData> reads;
  RegionData write;
  // CIM units only.
  std::uint32_t tile = 0;
  std::uint64_t weights_offset = 0;  ///< in the weight window
  std::vector<std::uint8_t> weights;
  std::uint32_t abn_first = 0;
  std::vector<std::uint32_t> abn;
  std::uint32_t trim_first = 0;  ///< column
  std::vector<std::uint32_t> trim;
  std::uint32_t range_first = 0;      ///< column
  std::vector<std::uint32_t> ranges;  ///< none where the macro's ranges are fixed
  std::uint32_t row_bytes = 0;        ///< of an im2col row
  std::vector<std::uint8_t> rows;     ///< im2col, positions x row_bytes

  bool is_cim() const { return unit != "vector"; }
};

/// Offset of the first job register and of CTRL, STATUS, JOB_CYCLES of a CIM or the vector unit.
struct JobRegisters {
  std::uint32_t control;
  std::uint32_t status;
  std::uint32_t done;  ///< mask in STATUS
  std::uint32_t cycles;
  std::uint32_t first;
  std::uint32_t words;
};
JobRegisters job_registers(const std::string& unit);

/// The job's registers as CSV: a field a line.
std::string registers_csv(const JobVectors& job);

/// The job alone as a stream: what it needs is written, it is started, and STATUS and JOB_CYCLES
/// are read when it is done.
/// @param period_ps  of the clock; @param job  number in the stream
/// @param from_ps    when the stream begins; @return also when it ends
struct JobStream {
  std::vector<Event> events;
  std::uint64_t end_ps = 0;
};
JobStream to_stream(const JobVectors& job, std::uint64_t period_ps, std::uint64_t number,
                    std::uint64_t from_ps);

}  // namespace leyden::vectors
