#include "platform/debug/description.h"

#include <array>
#include <sstream>

namespace leyden::debug {
namespace {

constexpr std::array<const char*, 32> kRegisterNames = {
    "zero", "ra", "sp", "gp", "tp",  "t0",  "t1", "t2", "fp", "s1", "a0",
    "a1",   "a2", "a3", "a4", "a5",  "a6",  "a7", "s2", "s3", "s4", "s5",
    "s6",   "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6"};

std::string type_of(unsigned number) {
  switch (number) {
    case 1:
    case kPcRegister:
      return "code_ptr";
    case 2:
    case 3:
    case 4:
    case 8:
      return "data_ptr";
    default:
      return "int";
  }
}

}  // namespace

std::string target_description(const std::vector<CsrName>& csrs) {
  std::ostringstream xml;
  const auto write_register = [&](const std::string& name, unsigned number,
                                  const std::string& more) {
    xml << "<reg name=\"" << name << "\" bitsize=\"32\" regnum=\"" << number << "\" " << more
        << "/>\n";
  };
  xml << "<?xml version=\"1.0\"?>\n<!DOCTYPE target SYSTEM \"gdb-target.dtd\">\n"
         "<target version=\"1.0\">\n<architecture>riscv:rv32</architecture>\n"
         "<feature name=\"org.gnu.gdb.riscv.cpu\">\n";
  for (unsigned i = 0; i < kRegisterNames.size(); ++i) {
    write_register(kRegisterNames[i], i, "type=\"" + type_of(i) + "\"");
  }
  write_register("pc", kPcRegister, "type=\"" + type_of(kPcRegister) + "\"");
  xml << "</feature>\n<feature name=\"org.gnu.gdb.riscv.csr\">\n";
  // Not saved around functions that the debugger calls: counters go on, and some read only.
  const std::string plain = "type=\"int\" save-restore=\"no\"";
  for (const CsrName& csr : csrs) write_register(csr.name, kFirstCsrRegister + csr.number, plain);
  xml << "</feature>\n<feature name=\"org.gnu.gdb.riscv.virtual\">\n";
  write_register("priv", kPrivilegeRegister, plain);
  xml << "</feature>\n</target>\n";
  return xml.str();
}

std::string memory_description(const std::vector<MemoryRange>& ranges) {
  std::ostringstream xml;
  xml << "<?xml version=\"1.0\"?>\n<!DOCTYPE memory-map PUBLIC "
         "\"+//IDN gnu.org//DTD GDB Memory Map V1.0//EN\" "
         "\"http://sourceware.org/gdb/gdb-memory-map.dtd\">\n<memory-map>\n"
      << std::hex;
  for (const MemoryRange& range : ranges) {
    xml << "<memory type=\"ram\" start=\"0x" << range.first << "\" length=\"0x" << range.bytes
        << "\"/>\n";
  }
  xml << "</memory-map>\n";
  return xml.str();
}

}  // namespace leyden::debug
