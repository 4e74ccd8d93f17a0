#include "platform/trace/fst_writer.h"

#include <fstapi.h>

#include <filesystem>
#include <fstream>
#include <system_error>

#include "models/base/error.h"

namespace leyden::trace {
namespace {

constexpr int kPicoseconds = -12;  // power of ten of a second

[[noreturn]] void refuse(const std::string& path) {
  throw base::UsageError("The waveform " + path + " cannot be written.");
}

}  // namespace

FstWriter::FstWriter(const std::string& path, const std::vector<WaveSignal>& signals)
    : path_(path) {
  if (!std::ofstream(path, std::ios::binary)) refuse(path);  // the library does not tell
  file_ = fstWriterCreate(path.c_str(), 1);
  if (file_ == nullptr) refuse(path);
  fstWriterSetTimescale(file_, kPicoseconds);
  fstWriterSetVersion(file_, "leyden " LEYDEN_VERSION);
  fstWriterSetDate(file_, "");  // equal runs give equal files
  fstWriterSetPackType(file_, FST_WR_PT_LZ4);
  fstWriterSetScope(file_, FST_ST_VCD_MODULE, "leyden", nullptr);
  fstWriterSetScope(file_, FST_ST_VCD_MODULE, "chip", nullptr);
  std::string scope;
  for (const WaveSignal& signal : signals) {
    if (signal.scope != scope) {
      if (!scope.empty()) fstWriterSetUpscope(file_);
      scope = signal.scope;
      fstWriterSetScope(file_, FST_ST_VCD_MODULE, scope.c_str(), nullptr);
    }
    const std::string range =
        signal.bits > 1 ? " [" + std::to_string(signal.bits - 1) + ":0]" : std::string();
    handles_.push_back(fstWriterCreateVar(file_, FST_VT_VCD_WIRE, FST_VD_IMPLICIT, signal.bits,
                                          (signal.name + range).c_str(), 0));
    bits_.push_back(signal.bits);
  }
  if (!scope.empty()) fstWriterSetUpscope(file_);
  fstWriterSetUpscope(file_);
  fstWriterSetUpscope(file_);
}

FstWriter::~FstWriter() {
  if (file_ != nullptr) fstWriterClose(file_);
}

void FstWriter::time(std::uint64_t picoseconds) { fstWriterEmitTimeChange(file_, picoseconds); }

void FstWriter::change(std::size_t signal, std::uint64_t value) {
  if (bits_[signal] > 64) {
    change_wide(signal, {value, 0});
    return;
  }
  fstWriterEmitValueChange64(file_, handles_[signal], bits_[signal], value);
}

void FstWriter::change_wide(std::size_t signal, const std::array<std::uint64_t, 2>& value) {
  std::string text;
  for (unsigned bit = bits_[signal]; bit-- > 0;) {
    text += static_cast<char>('0' + (value[bit / 64] >> bit % 64 & 1));
  }
  fstWriterEmitValueChange(file_, handles_[signal], text.c_str());
}

void FstWriter::note(const std::string& text) { fstWriterSetComment(file_, text.c_str()); }

void FstWriter::finish() {
  const bool failed = fstWriterGetFseekFailed(file_) != 0;
  fstWriterClose(file_);
  file_ = nullptr;
  // The library tells no failed write: a file that a disk cut short is not read again.
  void* written = fstReaderOpen(path_.c_str());
  const bool whole = written != nullptr && fstReaderGetVarCount(written) == handles_.size();
  if (written != nullptr) fstReaderClose(written);
  std::error_code error;
  if (failed || !whole || std::filesystem::file_size(path_, error) == 0 || error) refuse(path_);
}

}  // namespace leyden::trace
