#include "platform/vectors/job_vectors.h"

#include <cstdio>

#include "registers/cim.h"
#include "registers/vector.h"

namespace leyden::vectors {
namespace {

constexpr std::size_t kMostBytes = 1024;  ///< of one write into the weight window

/// Makes the events of a stream, each a cycle after the one before.
class Writer {
 public:
  Writer(JobStream& stream, std::uint64_t period_ps, std::uint64_t job,
         std::optional<std::uint32_t> layer)
      : stream_(stream), period_ps_(period_ps), job_(job), layer_(layer) {}

  Event& add(EventKind kind, bool write, std::uint64_t address) {
    Event event;
    event.kind = kind;
    event.write = write;
    event.time_ps = stream_.end_ps;
    event.cycle = stream_.end_ps / period_ps_;
    event.address = address;
    event.layer = layer_;
    event.job = job_;
    stream_.events.push_back(event);
    stream_.end_ps += period_ps_;
    return stream_.events.back();
  }

  void reg(std::uint32_t offset, std::uint32_t value, bool write = true) {
    add(EventKind::kRegister, write, offset).set_word(value);
  }

  void window(std::uint64_t offset, const std::vector<std::uint8_t>& bytes) {
    for (std::size_t at = 0; at < bytes.size(); at += kMostBytes) {
      const std::size_t count = std::min(kMostBytes, bytes.size() - at);
      const auto begin = bytes.begin() + static_cast<std::ptrdiff_t>(at);
      add(EventKind::kWeights, true, offset + at)
          .data.assign(begin, begin + static_cast<std::ptrdiff_t>(count));
    }
  }

  void window(std::uint64_t offset, const std::vector<std::uint32_t>& words) {
    std::vector<std::uint8_t> bytes;
    for (const std::uint32_t word : words) {
      for (unsigned i = 0; i < 4; ++i) bytes.push_back(static_cast<std::uint8_t>(word >> 8 * i));
    }
    window(offset, bytes);
  }

  Event& region(EventKind kind, const RegionData& region) {
    Event& event = add(kind, kind == EventKind::kLmemWrite, region.address);
    event.data = region.bytes;
    event.stride = region.stride;
    event.count = region.count;
    event.wait_cycles = region.wait_cycles;
    return event;
  }

 private:
  JobStream& stream_;
  const std::uint64_t period_ps_;
  const std::uint64_t job_;
  const std::optional<std::uint32_t> layer_;
};

}  // namespace

void add_to(ByteMap& map, const RegionData& region) {
  for (std::uint32_t run = 0; run < region.count; ++run) {
    const std::uint64_t address = region.address + std::uint64_t{run} * region.stride;
    for (std::uint32_t i = 0; i < region.length; ++i) {
      map[address + i] = region.bytes[std::size_t{run} * region.length + i];
    }
  }
}

bool take_from(const ByteMap& map, RegionData& region) {
  region.bytes.clear();
  for (std::uint32_t run = 0; run < region.count; ++run) {
    const std::uint64_t address = region.address + std::uint64_t{run} * region.stride;
    for (std::uint32_t i = 0; i < region.length; ++i) {
      const auto found = map.find(address + i);
      if (found == map.end()) return false;
      region.bytes.push_back(found->second);
    }
  }
  return true;
}

JobRegisters job_registers(const std::string& unit) {
  namespace cim = registers::cim;
  namespace vec = registers::vector;
  if (unit == "vector") {
    return {vec::kCtrl,      vec::kStatus,   vec::status::kDone.mask(),
            vec::kJobCycles, vec::kJobFirst, vec::kJobWords};
  }
  return {cim::kCtrl,      cim::kStatus,   cim::status::kDone.mask(),
          cim::kJobCycles, cim::kJobFirst, cim::kJobWords};
}

std::string registers_csv(const JobVectors& job) {
  const JobRegisters registers = job_registers(job.unit);
  const std::vector<base::FieldInfo>& fields =
      job.is_cim() ? registers::cim::fields() : registers::vector::fields();
  std::string text = "offset,register,word,field,low,bits,value\n";
  for (const base::FieldInfo& field : fields) {
    if (field.offset < registers.first) continue;
    const std::size_t index = (field.offset - registers.first) / 4;
    if (index >= job.words.size()) continue;
    char line[160];
    std::snprintf(line, sizeof line, "0x%02x,%s,0x%08x,%s,%u,%u,%u\n", field.offset,
                  field.register_name, job.words[index], field.name, field.bits.low,
                  field.bits.width, field.bits.get(job.words[index]));
    text += line;
  }
  return text;
}

JobStream to_stream(const JobVectors& job, std::uint64_t period_ps, std::uint64_t number,
                    std::uint64_t from_ps) {
  const JobRegisters registers = job_registers(job.unit);
  JobStream stream;
  stream.end_ps = from_ps;
  Writer writer(stream, period_ps, number, job.layer);
  // 1. What the unit holds.
  if (job.is_cim()) {
    writer.window(job.weights_offset, job.weights);
    writer.window(registers::cim::kAbnTableWindow + 4 * std::uint64_t{job.abn_first}, job.abn);
    writer.window(registers::cim::kTrimTableWindow + 4 * std::uint64_t{job.trim_first}, job.trim);
    if (!job.ranges.empty()) {
      writer.window(registers::cim::kRangeTableWindow + 4 * std::uint64_t{job.range_first},
                    job.ranges);
    }
  }
  // 2. The job.
  for (std::size_t i = 0; i < job.words.size(); ++i) {
    writer.reg(registers.first + 4 * static_cast<std::uint32_t>(i), job.words[i]);
  }
  // START takes its time on the way, as it did in the chip.
  writer.reg(registers.control, 1);
  Event& control = stream.events.back();
  control.delay_ps = job.start_delay_ps;
  control.cycle = control.arrival_ps() / period_ps;
  const std::uint64_t asked = control.time_ps;
  const std::uint64_t start = (control.arrival_ps() + period_ps - 1) / period_ps * period_ps;
  for (const RegionData& region : job.reads) {
    writer.region(EventKind::kLmemRead, region).time_ps = asked;
  }
  // 3. What it does.
  const std::uint64_t done = start + job.cycles * period_ps;
  Event& written = writer.region(EventKind::kLmemWrite, job.write);
  written.time_ps = done;
  written.cycle = done / period_ps;
  stream.end_ps = done + 2 * period_ps;
  writer.reg(registers.status, registers.done, false);
  writer.reg(registers.cycles, static_cast<std::uint32_t>(job.cycles), false);
  writer.reg(registers.status, registers.done);  // write 1 clears
  return stream;
}

}  // namespace leyden::vectors
