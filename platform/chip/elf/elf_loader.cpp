#include "platform/chip/elf/elf_loader.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <sstream>

#include <gelf.h>
#include <libelf.h>

#include "models/base/error.h"

namespace leyden::chip {
namespace {

constexpr std::uint64_t kAddressSpace = std::uint64_t{1} << 32;
/// Symbols a program may have; a larger count is taken for damage.
constexpr std::size_t kMostSymbols = 4'000'000;

std::string hexadecimal(std::uint64_t value) {
  std::ostringstream out;
  out << "0x" << std::hex << value;
  return out.str();
}

[[noreturn]] void refuse(const std::string& name, const std::string& why) {
  throw base::UsageError(name + ": " + why + ".");
}

using ElfHandle = std::unique_ptr<Elf, int (*)(Elf*)>;

/// Opens the file and checks that it is what this chip can run.
ElfHandle open_elf(std::vector<std::uint8_t>& file, const std::string& name) {
  constexpr std::array<std::uint8_t, 4> kMagic = {0x7f, 'E', 'L', 'F'};
  if (file.size() < EI_NIDENT || !std::equal(kMagic.begin(), kMagic.end(), file.begin())) {
    refuse(name,
           "this is not an ELF file; a program for the chip is linked by "
           "riscv64-unknown-elf-gcc -march=rv32imac -mabi=ilp32");
  }
  if (file[EI_CLASS] != ELFCLASS32) {
    refuse(name, "this is not a 32-bit ELF file; compile with -march=rv32imac -mabi=ilp32");
  }
  if (file[EI_DATA] != ELFDATA2LSB) {
    refuse(name, "this is not a little-endian ELF file, which the chip's core needs");
  }
  elf_version(EV_CURRENT);
  ElfHandle elf(elf_memory(reinterpret_cast<char*>(file.data()), file.size()), elf_end);
  GElf_Ehdr header;
  if (!elf || elf_kind(elf.get()) != ELF_K_ELF || gelf_getehdr(elf.get(), &header) == nullptr) {
    refuse(name, "the ELF header is damaged or truncated; build the program again");
  }
  if (header.e_machine != EM_RISCV) {
    refuse(name, "the program is for machine " + std::to_string(header.e_machine) +
                     ", not for RISC-V (" + std::to_string(EM_RISCV) + ")");
  }
  if (header.e_type != ET_EXEC) {
    refuse(name, "this is not an executable with fixed addresses (ELF type " +
                     std::to_string(header.e_type) + "); link it without -pie and -r");
  }
  return elf;
}

std::vector<ElfSegment> read_segments(Elf* elf, const std::vector<std::uint8_t>& file,
                                      const std::string& name) {
  std::size_t count = 0;
  if (elf_getphdrnum(elf, &count) != 0) {
    refuse(name, "the program headers are damaged or truncated; build the program again");
  }
  std::vector<ElfSegment> segments;
  for (std::size_t i = 0; i < count; ++i) {
    GElf_Phdr header;
    if (gelf_getphdr(elf, static_cast<int>(i), &header) == nullptr) {
      refuse(name, "program header " + std::to_string(i) +
                       " lies beyond the end of the file, which is truncated");
    }
    if (header.p_type != PT_LOAD || header.p_memsz == 0) continue;
    const std::string which = "segment " + std::to_string(i) + " at " + hexadecimal(header.p_paddr);
    if (header.p_filesz > header.p_memsz) {
      refuse(name, which + " has more bytes in the file than in memory; build the program again");
    }
    if (header.p_offset > file.size() || header.p_filesz > file.size() - header.p_offset) {
      refuse(name, which + " lies beyond the end of the file, which is truncated");
    }
    if (header.p_paddr + header.p_memsz > kAddressSpace) {
      refuse(name, which + " ends beyond the 32-bit address space");
    }
    const auto begin = file.begin() + static_cast<std::ptrdiff_t>(header.p_offset);
    segments.push_back({static_cast<std::uint32_t>(header.p_paddr),
                        static_cast<std::uint32_t>(header.p_memsz),
                        {begin, begin + static_cast<std::ptrdiff_t>(header.p_filesz)}});
  }
  if (segments.empty()) refuse(name, "the program has no segment to load; link it anew");

  std::sort(segments.begin(), segments.end(),
            [](const ElfSegment& a, const ElfSegment& b) { return a.address < b.address; });
  for (std::size_t i = 1; i < segments.size(); ++i) {
    const ElfSegment& before = segments[i - 1];
    if (std::uint64_t{before.address} + before.memory_bytes > segments[i].address) {
      refuse(name, "the segments at " + hexadecimal(before.address) + " and " +
                       hexadecimal(segments[i].address) +
                       " overlap; give them places of their own in the linker script");
    }
  }
  return segments;
}

/// Symbols help messages only: what is damaged is left out, never an error.
std::vector<ElfSymbol> read_symbols(Elf* elf, bool code_only) {
  std::vector<ElfSymbol> symbols;
  Elf_Scn* section = nullptr;
  while ((section = elf_nextscn(elf, section)) != nullptr) {
    GElf_Shdr header;
    if (gelf_getshdr(section, &header) == nullptr || header.sh_type != SHT_SYMTAB) continue;
    Elf_Data* data = elf_getdata(section, nullptr);
    if (data == nullptr || data->d_buf == nullptr || header.sh_entsize == 0) continue;
    const std::size_t count = std::min<std::size_t>(data->d_size / sizeof(Elf32_Sym), kMostSymbols);
    for (std::size_t i = 0; i < count; ++i) {
      GElf_Sym symbol;
      if (gelf_getsym(data, static_cast<int>(i), &symbol) == nullptr) break;
      const unsigned type = GELF_ST_TYPE(symbol.st_info);
      if (symbol.st_shndx == SHN_UNDEF || symbol.st_name == 0) continue;
      if (type == STT_SECTION || type == STT_FILE) continue;
      if (code_only && type != STT_FUNC && type != STT_NOTYPE) continue;
      const char* text = elf_strptr(elf, header.sh_link, symbol.st_name);
      // Names that begin with $ are mapping symbols of the assembler.
      if (text == nullptr || text[0] == '\0' || text[0] == '$' || text[0] == '.') continue;
      symbols.push_back({static_cast<std::uint32_t>(symbol.st_value),
                         static_cast<std::uint32_t>(symbol.st_size), text});
    }
  }
  return symbols;
}

}  // namespace

ElfProgram ElfProgram::read(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    refuse(path, "the program cannot be opened (" + std::string(std::strerror(errno)) +
                     "); give the path of an ELF file");
  }
  std::vector<std::uint8_t> file;
  try {
    file.assign(std::istreambuf_iterator<char>(in), {});
  } catch (const std::ios_base::failure&) {  // the way a folder shows itself
    refuse(path, "the program cannot be read; give the path of an ELF file");
  }
  return parse(std::move(file), path);
}

ElfProgram ElfProgram::parse(std::vector<std::uint8_t> file, const std::string& name) {
  ElfProgram program;
  program.name_ = name;
  const ElfHandle elf = open_elf(file, name);
  GElf_Ehdr header;
  gelf_getehdr(elf.get(), &header);
  program.entry_ = static_cast<std::uint32_t>(header.e_entry);
  program.segments_ = read_segments(elf.get(), file, name);
  program.symbols_ = read_symbols(elf.get(), true);
  std::stable_sort(program.symbols_.begin(), program.symbols_.end(),
                   [](const ElfSymbol& a, const ElfSymbol& b) { return a.address < b.address; });
  program.all_symbols_ = read_symbols(elf.get(), false);
  std::stable_sort(program.all_symbols_.begin(), program.all_symbols_.end(),
                   [](const ElfSymbol& a, const ElfSymbol& b) { return a.name < b.name; });
  return program;
}

void ElfProgram::load(const std::vector<LoadRange>& ranges, const Store& store) const {
  bool entry_found = false;
  for (const ElfSegment& segment : segments_) {
    const std::uint64_t end = std::uint64_t{segment.address} + segment.memory_bytes;
    const auto holds = [&](const LoadRange& range) {
      return segment.address >= range.first && end <= range.first + range.bytes;
    };
    if (std::none_of(ranges.begin(), ranges.end(), holds)) {
      std::string memories;
      for (const LoadRange& range : ranges) {
        memories += (memories.empty() ? "" : ", ") + range.name + " at " +
                    hexadecimal(range.first) + " to " + hexadecimal(range.first + range.bytes - 1);
      }
      refuse(name_, "the segment at " + hexadecimal(segment.address) + " to " +
                        hexadecimal(end - 1) + " lies outside the chip's memory (" + memories +
                        "); change the linker script or the memory's size");
    }
    entry_found = entry_found || (entry_ >= segment.address && entry_ < end);
  }
  if (!entry_found) {
    refuse(name_,
           "the entry point " + hexadecimal(entry_) +
               " lies in no segment of the program; name it with ENTRY in the linker script");
  }

  constexpr std::size_t kPiece = 4096;
  static constexpr std::array<std::uint8_t, kPiece> kZeros{};
  for (const ElfSegment& segment : segments_) {
    if (!segment.data.empty()) store(segment.address, segment.data.data(), segment.data.size());
    for (std::size_t done = segment.data.size(); done < segment.memory_bytes; done += kPiece) {
      store(segment.address + static_cast<std::uint32_t>(done), kZeros.data(),
            std::min(kPiece, segment.memory_bytes - done));
    }
  }
}

std::optional<std::uint32_t> ElfProgram::find(const std::string& name) const {
  const auto found = std::lower_bound(
      all_symbols_.begin(), all_symbols_.end(), name,
      [](const ElfSymbol& symbol, const std::string& wanted) { return symbol.name < wanted; });
  if (found == all_symbols_.end() || found->name != name) return std::nullopt;
  return found->address;
}

std::string ElfProgram::describe(std::uint32_t address) const {
  // The last symbol at or below the address; among those at one address a sized one is a function.
  auto above = std::upper_bound(
      symbols_.begin(), symbols_.end(), address,
      [](std::uint32_t value, const ElfSymbol& symbol) { return value < symbol.address; });
  if (above == symbols_.begin()) return "";
  const ElfSymbol* best = &*(above - 1);
  for (auto it = above; it != symbols_.begin() && (it - 1)->address == best->address; --it) {
    if ((it - 1)->size != 0) best = &*(it - 1);
  }
  const std::uint32_t offset = address - best->address;
  if (best->size != 0 && offset >= best->size) return "";
  const auto in_segment = [&](const ElfSegment& segment) {
    return address - segment.address < segment.memory_bytes;
  };
  if (std::none_of(segments_.begin(), segments_.end(), in_segment)) return "";
  return offset == 0 ? best->name : best->name + "+" + hexadecimal(offset);
}

}  // namespace leyden::chip
