# Start-up code, trap handler and finisher on another simulator, whose `virt` machine has UART,
# finisher and memory where Leyden has them.
find_program(LEYDEN_QEMU qemu-system-riscv32)
if(NOT LEYDEN_QEMU)
  message(STATUS "qemu-system-riscv32 not found: firmware is not run on it")
  return()
endif()

# leyden_qemu_test(PROGRAM STATUS TEXT): the program ends with STATUS and prints TEXT.
function(leyden_qemu_test program status text)
  add_test(NAME firmware_qemu_${program}
    COMMAND sh -c "out=$(timeout 20 ${LEYDEN_QEMU} -M virt -bios none -nographic -monitor none \
-kernel ${PROJECT_BINARY_DIR}/firmware/${program}.elf); got=$?; echo \"$out\"; \
test $got = ${status} && echo \"$out\" | grep -q '${text}'")
  set_tests_properties(firmware_qemu_${program} PROPERTIES TIMEOUT 30)
endfunction()

leyden_qemu_test(hello 0 "hello from the chip")
# The finisher's code is cut to 8 bits by the host: 0x102 gives 2, 0x105 gives 5.
leyden_qemu_test(trap 2 "^trap: cause 2 (illegal instruction), pc 0x8000[0-9a-f]*, address 0x")
leyden_qemu_test(unmapped 5 "^trap: cause 5 (load access fault), pc 0x8000[0-9a-f]*, address 0x08000000")
leyden_qemu_test(fail_code 7 "")
foreach(bench mix memory interpreter)
  leyden_qemu_test(bench_${bench} 0 "^${bench} ok")
endforeach()
