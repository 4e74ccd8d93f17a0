#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "platform/trace/wave_writer.h"

namespace leyden::trace {

/// FST, GTKWave's compressed format, written by its own library; timescale 1 ps.
class FstWriter : public WaveWriter {
 public:
  FstWriter(const std::string& path, const std::vector<WaveSignal>& signals);
  ~FstWriter() override;
  FstWriter(const FstWriter&) = delete;
  FstWriter& operator=(const FstWriter&) = delete;

  void time(std::uint64_t picoseconds) override;
  void change(std::size_t signal, std::uint64_t value) override;
  void change_wide(std::size_t signal, const std::array<std::uint64_t, 2>& value) override;
  void note(const std::string& text) override;
  void finish() override;

 private:
  const std::string path_;
  void* file_ = nullptr;
  std::vector<std::uint32_t> handles_;
  std::vector<unsigned> bits_;
};

}  // namespace leyden::trace
