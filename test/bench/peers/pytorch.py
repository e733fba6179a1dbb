"""PyTorch in f32 as a program that takes turns; speaks the lines of serve.ts.

Devices: "cpu", "cuda", and "compiled": cuda by torch.compile. TensorFloat-32 is off: WebGPU has none.
"""

import json
import math
import sys
import time

import torch
import torch.nn.functional as F


def main():
    job = json.loads(sys.argv[1])
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    device = torch.device("cpu" if job["device"] == "cpu" else "cuda")
    tensors = {name: values.to(device) for name, values in read_tensors(job["tensors"]).items()}
    work = {"matmul": Matmul, "train": Training}[job["work"]](job, tensors)
    adapter = "processor" if device.type == "cpu" else torch.cuda.get_device_name()
    print(json.dumps({"adapter": f"{adapter}, PyTorch {torch.__version__}"}), flush=True)
    for line in sys.stdin:
        method, request = (json.loads(line) + [None])[:2]
        cpu, begin = time.process_time(), time.perf_counter()
        result = getattr(work, method)(request)
        if device.type == "cuda":
            torch.cuda.synchronize()
        wall_ms = 1000 * (time.perf_counter() - begin)
        cpu_ms = 1000 * (time.process_time() - cpu)
        print(json.dumps({"result": result, "wallMs": wall_ms, "cpuMs": cpu_ms}), flush=True)


def read_tensors(path):
    """Tensors of a file of safetensors by name; U32 as int64, which is what indexing takes."""
    with open(path, "rb") as file:
        content = bytearray(file.read())
    begin = 8 + int.from_bytes(content[:8], "little")
    tensors = {}
    for name, entry in json.loads(content[8:begin]).items():
        first, end = entry["data_offsets"]
        dtype = torch.int32 if entry["dtype"] == "U32" else torch.float32
        values = torch.frombuffer(content, dtype=dtype, count=(end - first) // 4, offset=begin + first)
        values = values.reshape(entry["shape"])
        tensors[name] = values.long() if dtype == torch.int32 else values.clone()
    return tensors


class Matmul:
    """The product of a and b, (N, N) each."""

    def __init__(self, _job, tensors):
        self.a, self.b = tensors["a"], tensors["b"]
        self.repeats = 1

    def product(self, path):
        values = self.a @ self.b
        with open(path, "wb") as file:
            file.write(bytes(values.cpu().contiguous().view(torch.uint8).flatten().tolist()))

    def prepare(self, repeats):
        self.repeats = repeats

    def multiply(self, _request):
        for _ in range(self.repeats):
            self.a @ self.b


class Training:
    """A decoder like Llama, and AdamW of all its parameters."""

    def __init__(self, job, tensors):
        self.sizes = job["sizes"]
        self.data = {name: values for name, values in tensors.items() if "." not in name}
        self.weights = {
            name: values.requires_grad_() for name, values in tensors.items() if "." in name
        }
        options = {"betas": (0.9, 0.95), "eps": 1e-8, "weight_decay": 0.1}
        if job["device"] != "cpu":
            options["fused"] = True
        self.optimizer = torch.optim.AdamW(self.weights.values(), job["learningRate"], **options)
        self.steps = 0
        time_steps, head_size = self.sizes["T"], self.sizes["C"] // self.sizes["H"]
        device = next(iter(tensors.values())).device
        frequencies = 10000.0 ** -(torch.arange(0, head_size, 2, dtype=torch.float64) / head_size)
        angles = torch.outer(torch.arange(time_steps, dtype=torch.float64), frequencies)
        self.cos, self.sin = angles.cos().float().to(device), angles.sin().float().to(device)
        self.loss = torch.compile(self.loss_of) if job["device"] == "compiled" else self.loss_of

    def step(self, _request):
        batches = len(self.data["tokens"])
        i = self.steps % batches
        self.steps += 1
        loss = self.loss(self.data["tokens"][i], self.data["targets"][i])
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()
        return loss.item()

    @torch.no_grad()
    def evaluate(self, _request):
        held_out = zip(self.data["heldOutTokens"], self.data["heldOutTargets"])
        losses = [self.loss(tokens, targets).item() for tokens, targets in held_out]
        return sum(losses) / len(losses)

    def loss_of(self, tokens, targets):
        heads, kv_heads = self.sizes["H"], self.sizes["KV"]
        table = self.weights["model.embed_tokens.weight"]
        x = F.embedding(tokens, table)
        for layer in range(self.sizes["L"]):
            def weight(name):
                return self.weights[f"model.layers.{layer}.{name}.weight"]

            def split(name, count):
                return F.linear(normed, weight(name)).unflatten(-1, (count, -1)).transpose(1, 2)

            normed = rms_norm(x, weight("input_layernorm"))
            queries = self.rope(split("self_attn.q_proj", heads))
            keys = self.rope(split("self_attn.k_proj", kv_heads))
            values = split("self_attn.v_proj", kv_heads)
            keys, values = (y.repeat_interleave(heads // kv_heads, 1) for y in (keys, values))
            attended = attention(queries, keys, values).transpose(1, 2).flatten(2)
            x = x + F.linear(attended, weight("self_attn.o_proj"))
            hidden = rms_norm(x, weight("post_attention_layernorm"))
            gate = F.silu(F.linear(hidden, weight("mlp.gate_proj")))
            x = x + F.linear(gate * F.linear(hidden, weight("mlp.up_proj")), weight("mlp.down_proj"))
        logits = F.linear(rms_norm(x, self.weights["model.norm.weight"]), table)
        return F.cross_entropy(logits.flatten(0, 1), targets.flatten())

    def rope(self, x):
        a, b = x.chunk(2, -1)
        return torch.cat((a * self.cos - b * self.sin, a * self.sin + b * self.cos), -1)


def rms_norm(x, weight):
    return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + 1e-6) * weight


def attention(queries, keys, values):
    """Causal; by PyTorch's own kernel where it has one (from 2.0 on)."""
    if hasattr(F, "scaled_dot_product_attention"):
        return F.scaled_dot_product_attention(queries, keys, values, is_causal=True)
    scores = queries @ keys.transpose(-1, -2) / math.sqrt(queries.shape[-1])
    later = torch.ones(scores.shape[-2:], dtype=torch.bool, device=scores.device).triu(1)
    return scores.masked_fill(later, -torch.inf).softmax(-1) @ values


if __name__ == "__main__":
    main()
