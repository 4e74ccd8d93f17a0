// One channel: it reads a burst, waits for it, writes it, waits for that. Registers, the walk over
// rows, a reader and a writer with the buffer between them, and the states that order them.
module leyden_dma_channel #(
    parameter int unsigned BURST_BYTES = 4096  // of the buffer: a power of two, 16 to 4096
) (
    input logic       clk,
    input logic       rst_n,
    input logic [3:0] cfg_burst_log2,  // constant: the longest burst, 4 to log2 of BURST_BYTES

    input  logic        write,
    input  logic [ 7:0] offset,
    input  logic [31:0] wdata,
    input  logic [ 3:0] wstrb,
    output logic [31:0] rdata,

    output logic [ 31:0] m_axi_araddr,
    output logic [  7:0] m_axi_arlen,
    output logic [ 12:0] m_axi_aruser,
    output logic         m_axi_arvalid,
    input  logic         m_axi_arready,
    input  logic [127:0] m_axi_rdata,
    input  logic [  1:0] m_axi_rresp,
    input  logic         m_axi_rlast,
    input  logic         m_axi_rvalid,
    output logic         m_axi_rready,
    output logic [ 31:0] m_axi_awaddr,
    output logic [  7:0] m_axi_awlen,
    output logic         m_axi_awvalid,
    input  logic         m_axi_awready,
    output logic [127:0] m_axi_wdata,
    output logic [ 15:0] m_axi_wstrb,
    output logic         m_axi_wlast,
    output logic         m_axi_wvalid,
    input  logic         m_axi_wready,
    input  logic [  1:0] m_axi_bresp,
    input  logic         m_axi_bvalid,
    output logic         m_axi_bready,

    output logic [ 2:0] obs_status,
    output logic [ 2:0] obs_error_code,
    output logic [31:0] obs_error_addr,
    output logic [31:0] obs_moved,
    output logic        obs_job,
    output logic        obs_burst,
    output logic        obs_burst_done,
    output logic [31:0] obs_source,
    output logic [31:0] obs_destination,
    output logic [12:0] obs_bytes,
    output logic [63:0] obs_left,
    output logic        irq
);
  localparam int unsigned LINES = BURST_BYTES / 16;
  localparam logic [12:0] DESCRIPTOR_BYTES = 13'd32;
  localparam logic [2:0] READ_ERROR = 3'd2, WRITE_ERROR = 3'd3, DESCRIPTOR_ERROR = 3'd4,
                         EMPTY_TRANSFER = 3'd5, CHAIN_TOO_LONG = 3'd6;

  typedef enum logic [2:0] {
    IDLE,
    LOAD,     // asks for a descriptor
    LOADING,  // waits for it
    PREPARE,
    BURST,    // asks for a burst, or is stopped
    READING,
    WRITING
  } state_t;
  state_t state_q;
  logic   linked_q;
  logic [15:0] links_q;  // descriptors done
  logic [31:0] descriptor_q;

  logic start, linked, stop, busy;
  logic [31:0] source, destination, row_bytes, rows, source_stride, destination_stride, descriptor;
  logic finished, failed, moved;
  logic [ 2:0] error_code;
  logic [31:0] error_addr;

  logic prepared, empty, last;
  logic [31:0] burst_source, burst_destination, next;
  logic [12:0] burst_bytes;
  logic [63:0] left;

  logic read_start, read_done, read_error, write_start, write_done, write_error;
  logic line_valid, line_read;
  logic [7:0] line_index, line_read_index;
  logic [127:0] line_data, line_read_data;

  leyden_dma_regs regs (
      .clk(clk),
      .rst_n(rst_n),
      .write(write),
      .offset(offset),
      .wdata(wdata),
      .wstrb(wstrb),
      .rdata(rdata),
      .start(start),
      .linked(linked),
      .stop(stop),
      .busy(busy),
      .source(source),
      .destination(destination),
      .row_bytes(row_bytes),
      .rows(rows),
      .source_stride(source_stride),
      .destination_stride(destination_stride),
      .descriptor(descriptor),
      .finished(finished),
      .failed(failed),
      .error_code(error_code),
      .error_addr(error_addr),
      .moved(moved),
      .moved_bytes(burst_bytes),
      .obs_status(obs_status),
      .obs_error_code(obs_error_code),
      .obs_error_addr(obs_error_addr),
      .obs_moved(obs_moved),
      .irq(irq)
  );

  leyden_dma_walk walk (
      .clk(clk),
      .rst_n(rst_n),
      .cfg_burst_log2(cfg_burst_log2),
      .load_registers(start && !linked),
      .source(source),
      .destination(destination),
      .row_bytes(row_bytes),
      .rows(rows),
      .source_stride(source_stride),
      .destination_stride(destination_stride),
      .load_beat(state_q == LOADING && line_valid),
      .beat(line_index[1:0]),
      .first_word(descriptor_q[3:2]),
      .beat_data(line_data),
      .prepare(state_q == PREPARE),
      .prepared(prepared),
      .empty(empty),
      .advance(moved),
      .last(last),
      .burst_source(burst_source),
      .burst_destination(burst_destination),
      .burst_bytes(burst_bytes),
      .next(next),
      .left(left)
  );

  leyden_dma_read read (
      .clk(clk),
      .rst_n(rst_n),
      .start(read_start),
      .address(state_q == LOAD ? descriptor_q : burst_source),
      .bytes(state_q == LOAD ? DESCRIPTOR_BYTES : burst_bytes),
      .done(read_done),
      .error(read_error),
      .line_valid(line_valid),
      .line_index(line_index),
      .line_data(line_data),
      .m_axi_araddr(m_axi_araddr),
      .m_axi_arlen(m_axi_arlen),
      .m_axi_aruser(m_axi_aruser),
      .m_axi_arvalid(m_axi_arvalid),
      .m_axi_arready(m_axi_arready),
      .m_axi_rdata(m_axi_rdata),
      .m_axi_rresp(m_axi_rresp),
      .m_axi_rlast(m_axi_rlast),
      .m_axi_rvalid(m_axi_rvalid),
      .m_axi_rready(m_axi_rready)
  );

  leyden_dma_buffer #(
      .LINES(LINES),
      .INDEX_BITS(8)
  ) buffer (
      .clk(clk),
      .write(state_q == READING && line_valid),
      .write_line(line_index),
      .write_data(line_data),
      .read(line_read),
      .read_line(line_read_index),
      .read_data(line_read_data)
  );

  leyden_dma_write writer (
      .clk(clk),
      .rst_n(rst_n),
      .start(write_start),
      .address(burst_destination),
      .bytes(burst_bytes),
      .source_offset(burst_source[3:0]),
      .done(write_done),
      .error(write_error),
      .line_read(line_read),
      .line_index(line_read_index),
      .line_data(line_read_data),
      .m_axi_awaddr(m_axi_awaddr),
      .m_axi_awlen(m_axi_awlen),
      .m_axi_awvalid(m_axi_awvalid),
      .m_axi_awready(m_axi_awready),
      .m_axi_wdata(m_axi_wdata),
      .m_axi_wstrb(m_axi_wstrb),
      .m_axi_wlast(m_axi_wlast),
      .m_axi_wvalid(m_axi_wvalid),
      .m_axi_wready(m_axi_wready),
      .m_axi_bresp(m_axi_bresp),
      .m_axi_bvalid(m_axi_bvalid),
      .m_axi_bready(m_axi_bready)
  );

  // What the states start, and how they end the transfer.
  logic misaligned, chain_ends, job_ends;
  assign misaligned  = descriptor_q[1:0] != 2'b00;
  assign chain_ends  = !linked_q || next == '0 || stop;
  assign read_start  = (state_q == LOAD && !misaligned) || (state_q == BURST && !stop);
  assign write_start = state_q == READING && read_done && !read_error;
  assign moved       = state_q == WRITING && write_done && !write_error;
  assign job_ends    = (moved && last) || (state_q == BURST && stop);

  always_comb begin
    finished   = 1'b0;
    failed     = 1'b1;
    error_code = '0;
    error_addr = '0;
    case (state_q)
      LOAD: begin
        finished   = misaligned;
        error_code = DESCRIPTOR_ERROR;
        error_addr = descriptor_q;
      end
      LOADING: begin
        finished   = read_done && read_error;
        error_code = DESCRIPTOR_ERROR;
        error_addr = descriptor_q;
      end
      PREPARE: begin
        finished   = empty;
        error_code = EMPTY_TRANSFER;
      end
      READING: begin
        finished   = read_done && read_error;
        error_code = READ_ERROR;
        error_addr = burst_source;
      end
      WRITING: begin
        finished   = write_done && write_error;
        error_code = WRITE_ERROR;
        error_addr = burst_destination;
      end
      default: ;
    endcase
    if (job_ends) begin
      finished   = chain_ends || links_q == '1;
      failed     = !chain_ends;
      error_code = CHAIN_TOO_LONG;
      error_addr = next;
    end
  end

  always_ff @(posedge clk or negedge rst_n) begin
    if (!rst_n) begin
      state_q      <= IDLE;
      linked_q     <= 1'b0;
      links_q      <= '0;
      descriptor_q <= '0;
    end else begin
      case (state_q)
        IDLE:
        if (start) begin
          state_q      <= linked ? LOAD : PREPARE;
          linked_q     <= linked;
          links_q      <= '0;
          descriptor_q <= descriptor;
        end
        LOAD: state_q <= LOADING;
        LOADING: if (read_done) state_q <= PREPARE;
        PREPARE: if (prepared) state_q <= BURST;
        BURST: state_q <= READING;
        READING: if (read_done) state_q <= WRITING;
        WRITING: if (write_done) state_q <= BURST;
        default: state_q <= IDLE;
      endcase
      if (job_ends) begin  // the chain's next, unless finished
        state_q      <= LOAD;
        links_q      <= links_q + 16'd1;
        descriptor_q <= next;
      end
      if (finished) state_q <= IDLE;
    end
  end

  assign obs_job         = state_q == PREPARE && prepared && !empty;
  assign obs_burst       = state_q == BURST && !stop;
  assign obs_burst_done  = moved;
  assign obs_source      = burst_source;
  assign obs_destination = burst_destination;
  assign obs_bytes       = burst_bytes;
  assign obs_left        = left;

  logic unused;
  assign unused = &{1'b0, busy};
endmodule
