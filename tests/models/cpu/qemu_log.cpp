#include "tests/models/cpu/qemu_log.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <stdexcept>

namespace leyden::test {
namespace {

// The core of this project, in QEMU's words. With room for a second hart it makes atomics in one
// access; without, by a load and a store, and raises the exceptions of the load.
constexpr const char* kArguments[] = {
    "timeout",
    "-k",
    "1",
    "120",  // should this test be killed
    LEYDEN_QEMU,
    "-M",
    "virt",
    "-m",
    "8M",
    "-smp",
    "1,maxcpus=2",
    "-bios",
    "none",
    "-display",
    "none",
    "-serial",
    "none",
    "-monitor",
    "none",
    "-cpu",
    "rv32,s=false,mmu=false,h=false,f=false,d=false,zbc=false,sstc=false,debug=false,"
    "priv_spec=v1.12.0,Zihintpause=false,pmu-num=29,zba=true,zbb=true,zbs=true,pmp=true",
    "-singlestep",
    "-d",
    "cpu,int,nochain",
    "-D",
    "/dev/stdout",
    "-kernel"};

constexpr std::size_t kBufferBytes = 1u << 18;

std::uint32_t hex(const char* text) {
  std::uint32_t value = 0;
  for (;; ++text) {
    const char c = *text;
    if (c >= '0' && c <= '9') {
      value = value << 4 | static_cast<std::uint32_t>(c - '0');
    } else if (c >= 'a' && c <= 'f') {
      value = value << 4 | static_cast<std::uint32_t>(c - 'a' + 10);
    } else {
      return value;
    }
  }
}

bool starts(const char* text, const char* with) {
  return std::strncmp(text, with, std::strlen(with)) == 0;
}

/// The hexadecimal number behind `key`.
std::uint32_t field(const char* text, const char* key) {
  const char* found = std::strstr(text, key);
  if (found == nullptr) throw std::runtime_error(std::string("QEMU's log has no ") + key);
  return hex(found + std::strlen(key));
}

}  // namespace

void write_elf(const std::string& path, std::uint32_t base,
               const std::vector<std::uint8_t>& bytes) {
  constexpr std::uint32_t kHeaders = 52 + 32;
  std::vector<std::uint8_t> out;
  const auto half = [&](std::uint32_t value) {
    out.push_back(static_cast<std::uint8_t>(value));
    out.push_back(static_cast<std::uint8_t>(value >> 8));
  };
  const auto words = [&](std::initializer_list<std::uint32_t> values) {
    for (const std::uint32_t value : values) {
      half(value & 0xffff);
      half(value >> 16);
    }
  };
  const auto size = static_cast<std::uint32_t>(bytes.size());
  words({0x464c457f, 0x00010101, 0, 0});  // ELF, 32 bits, little-endian
  half(2);                                // executable
  half(243);                              // RISC-V
  words({1, base, 52, 0, 0});             // version, entry, program headers, sections, flags
  for (const std::uint32_t value : {52, 32, 1, 40, 0, 0}) half(value);
  words({1, kHeaders, base, base, size, size, 7, 4});  // load, offset, addresses, sizes, rwx
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(out.data()), static_cast<std::streamsize>(out.size()));
  file.write(reinterpret_cast<const char*>(bytes.data()), size);
  if (!file.flush()) throw std::runtime_error("cannot write " + path);
}

QemuLog::QemuLog(const std::string& elf_path) : buffer_(kBufferBytes + 1) {
  std::vector<char*> arguments;
  for (const char* argument : kArguments) arguments.push_back(const_cast<char*>(argument));
  arguments.push_back(const_cast<char*>(elf_path.c_str()));
  arguments.push_back(nullptr);
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) throw std::runtime_error("no pipe");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
  posix_spawn_file_actions_addclose(&actions, ends[0]);
  posix_spawn_file_actions_addclose(&actions, ends[1]);
  const int error =
      posix_spawnp(&process_, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  pipe_ = ends[0];
  if (error != 0) {
    close(pipe_);
    throw std::runtime_error("cannot start " LEYDEN_QEMU);
  }
}

// QEMU may be in a loop for ever, or in the middle of a write to the pipe.
QemuLog::~QemuLog() {
  close(pipe_);
  kill(process_, SIGTERM);
  waitpid(process_, nullptr, 0);
}

const char* QemuLog::line() {
  for (;;) {
    char* from = buffer_.data() + begin_;
    if (auto* found = static_cast<char*>(std::memchr(from, '\n', end_ - begin_))) {
      *found = '\0';
      begin_ = static_cast<std::size_t>(found - buffer_.data()) + 1;
      return from;
    }
    std::memmove(buffer_.data(), from, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
    const ssize_t got = read(pipe_, buffer_.data() + end_, kBufferBytes - end_);
    if (got <= 0) return nullptr;
    end_ += static_cast<std::size_t>(got);
  }
}

QemuLog::Record QemuLog::next() {
  constexpr std::size_t kValue = 10;  // column of the first value of a line
  constexpr std::size_t kWidth = 18;  // from one register to the next
  struct Csr {
    const char* name;
    std::uint32_t QemuState::*member;
  };
  static constexpr std::array<Csr, 9> kCsrs = {{{" pc ", &QemuState::pc},
                                                {" mstatus ", &QemuState::mstatus},
                                                {" mip ", &QemuState::mip},
                                                {" mie ", &QemuState::mie},
                                                {" mtvec ", &QemuState::mtvec},
                                                {" mepc ", &QemuState::mepc},
                                                {" mcause ", &QemuState::mcause},
                                                {" mtval ", &QemuState::mtval},
                                                {" mscratch ", &QemuState::mscratch}}};
  unsigned registers = 0;
  while (const char* text = line()) {
    if (starts(text, "riscv_cpu_do_interrupt")) {
      trap_ = {field(text, "async:") != 0, field(text, "cause:"), field(text, "epc:0x"),
               field(text, "tval:0x")};
      return Record::kTrap;
    }
    if (text[1] == 'x') {
      for (unsigned i = 0; i < 4; ++i) state_.x[registers++] = hex(text + kValue + kWidth * i);
      if (registers == 32) return Record::kState;
      continue;
    }
    for (const Csr& csr : kCsrs) {
      if (starts(text, csr.name)) state_.*csr.member = hex(text + kValue);
    }
  }
  return Record::kEnd;
}

}  // namespace leyden::test
