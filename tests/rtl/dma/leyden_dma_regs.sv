// Registers of one channel (configs/registers/dma.yaml). A write that comes with an event of the
// channel: the event wins.
module leyden_dma_regs (
    input logic clk,
    input logic rst_n,

    input  logic        write,   // for one cycle a write
    input  logic [ 7:0] offset,
    input  logic [31:0] wdata,
    input  logic [ 3:0] wstrb,
    output logic [31:0] rdata,

    output logic start,   // for one cycle: BUSY is set by its end
    output logic linked,  // with start: a chain
    output logic stop,    // after the burst under way
    output logic busy,

    output logic [31:0] source,
    output logic [31:0] destination,
    output logic [31:0] row_bytes,
    output logic [31:0] rows,
    output logic [31:0] source_stride,
    output logic [31:0] destination_stride,
    output logic [31:0] descriptor,

    input logic        finished,     // for one cycle: the transfer has ended
    input logic        failed,       // with finished: by an error
    input logic [ 2:0] error_code,
    input logic [31:0] error_addr,
    input logic        moved,        // for one cycle: bytes were written
    input logic [12:0] moved_bytes,

    output logic [ 2:0] obs_status,
    output logic [ 2:0] obs_error_code,
    output logic [31:0] obs_error_addr,
    output logic [31:0] obs_moved,
    output logic        irq
);
  localparam logic [2:0] STARTED_WHILE_BUSY = 3'd1;

  logic irq_enable_q, busy_q, done_q, error_q, stop_q;
  logic [2:0] error_code_q;
  logic [31:0] error_addr_q, moved_q, descriptor_q, next_q;
  logic [31:0] source_q, destination_q, row_bytes_q, rows_q, source_stride_q, destination_stride_q;

  // Commands lie in the lowest byte.
  logic write_ctrl, write_status, start_any;
  assign write_ctrl   = write && offset == leyden_dma_pkg::CTRL[7:0] && wstrb[0];
  assign write_status = write && offset == leyden_dma_pkg::STATUS[7:0] && wstrb[0];
  assign start_any = write_ctrl && (wdata[leyden_dma_pkg::CTRL_START_LSB] ||
                                    wdata[leyden_dma_pkg::CTRL_START_LINKED_LSB]);
  assign start     = start_any && !busy_q;
  assign linked    = wdata[leyden_dma_pkg::CTRL_START_LINKED_LSB];

  logic [31:0] lanes;
  assign lanes = {{8{wstrb[3]}}, {8{wstrb[2]}}, {8{wstrb[1]}}, {8{wstrb[0]}}};

  always_ff @(posedge clk or negedge rst_n) begin
    if (!rst_n) begin
      irq_enable_q <= 1'b0;
      busy_q       <= 1'b0;
`ifndef LEYDEN_PLANT_NO_RESET  // a test plants an error
      done_q       <= 1'b0;
`endif
      error_q      <= 1'b0;
      stop_q       <= 1'b0;
      error_code_q <= '0;
      error_addr_q <= '0;
      moved_q      <= '0;
    end else begin
      if (write_ctrl) begin
        irq_enable_q <= wdata[leyden_dma_pkg::CTRL_IRQ_ENABLE_LSB];
        if (wdata[leyden_dma_pkg::CTRL_STOP_LSB]) stop_q <= busy_q;
      end
      if (write_status) begin
        if (wdata[leyden_dma_pkg::STATUS_DONE_LSB]) done_q <= 1'b0;
        if (wdata[leyden_dma_pkg::STATUS_ERROR_LSB]) error_q <= 1'b0;
      end
      if (moved) moved_q <= moved_q + {19'd0, moved_bytes};
      if (start) begin
        busy_q       <= 1'b1;
        done_q       <= 1'b0;
        error_q      <= 1'b0;
        stop_q       <= 1'b0;
        error_code_q <= '0;
        error_addr_q <= '0;
        moved_q      <= '0;
      end else if (start_any) begin  // the transfer under way goes on
        error_q      <= 1'b1;
        error_code_q <= STARTED_WHILE_BUSY;
        error_addr_q <= '0;
      end
      if (finished) begin
        busy_q <= 1'b0;
        if (failed) begin
          error_q      <= 1'b1;
          error_code_q <= error_code;
          error_addr_q <= error_addr;
        end else begin
          done_q <= 1'b1;
        end
      end
    end
  end

  always_ff @(posedge clk or negedge rst_n) begin
    if (!rst_n) begin
      descriptor_q         <= '0;
      source_q             <= '0;
      destination_q        <= '0;
      row_bytes_q          <= '0;
      rows_q               <= '0;
      source_stride_q      <= '0;
      destination_stride_q <= '0;
      next_q               <= '0;
    end else if (write) begin
      case (offset)
        leyden_dma_pkg::DESCRIPTOR[7:0]: descriptor_q <= descriptor_q & ~lanes | wdata & lanes;
        leyden_dma_pkg::SRC[7:0]: source_q <= source_q & ~lanes | wdata & lanes;
        leyden_dma_pkg::DST[7:0]: destination_q <= destination_q & ~lanes | wdata & lanes;
        leyden_dma_pkg::ROW_BYTES[7:0]: row_bytes_q <= row_bytes_q & ~lanes | wdata & lanes;
        leyden_dma_pkg::ROWS[7:0]: rows_q <= rows_q & ~lanes | wdata & lanes;
        leyden_dma_pkg::SRC_STRIDE[7:0]:
        source_stride_q <= source_stride_q & ~lanes | wdata & lanes;
        leyden_dma_pkg::DST_STRIDE[7:0]:
        destination_stride_q <= destination_stride_q & ~lanes | wdata & lanes;
        leyden_dma_pkg::NEXT[7:0]: next_q <= next_q & ~lanes | wdata & lanes;
        default: ;
      endcase
    end
  end

  always_comb begin
    rdata = '0;
    case (offset)
      leyden_dma_pkg::ID[7:0]: rdata = leyden_dma_pkg::ID_RESET;
      leyden_dma_pkg::CTRL[7:0]: rdata[leyden_dma_pkg::CTRL_IRQ_ENABLE_LSB] = irq_enable_q;
      leyden_dma_pkg::STATUS[7:0]: rdata[2:0] = obs_status;
      leyden_dma_pkg::ERROR_CODE[7:0]: rdata[2:0] = error_code_q;
      leyden_dma_pkg::ERROR_ADDR[7:0]: rdata = error_addr_q;
      leyden_dma_pkg::DESCRIPTOR[7:0]: rdata = descriptor_q;
      leyden_dma_pkg::MOVED[7:0]: rdata = moved_q;
      leyden_dma_pkg::SRC[7:0]: rdata = source_q;
      leyden_dma_pkg::DST[7:0]: rdata = destination_q;
      leyden_dma_pkg::ROW_BYTES[7:0]: rdata = row_bytes_q;
      leyden_dma_pkg::ROWS[7:0]: rdata = rows_q;
      leyden_dma_pkg::SRC_STRIDE[7:0]: rdata = source_stride_q;
      leyden_dma_pkg::DST_STRIDE[7:0]: rdata = destination_stride_q;
      leyden_dma_pkg::NEXT[7:0]: rdata = next_q;
      default: ;
    endcase
  end

  always_comb begin
    obs_status = '0;
    obs_status[leyden_dma_pkg::STATUS_BUSY_LSB] = busy_q;
    obs_status[leyden_dma_pkg::STATUS_DONE_LSB] = done_q;
    obs_status[leyden_dma_pkg::STATUS_ERROR_LSB] = error_q;
  end

  assign stop               = stop_q;
  assign busy               = busy_q;
  assign source             = source_q;
  assign destination        = destination_q;
  assign row_bytes          = row_bytes_q;
  assign rows               = rows_q;
  assign source_stride      = source_stride_q;
  assign destination_stride = destination_stride_q;
  assign descriptor         = descriptor_q;
  assign obs_error_code     = error_code_q;
  assign obs_error_addr     = error_addr_q;
  assign obs_moved          = moved_q;
  assign irq                = irq_enable_q && (done_q || error_q);
endmodule
