"""
A training step of C-DSVAE in PyTorch, to be timed beside this library's: same weights, batch, losses and Adam.

Requests are lines of JSON on stdin, each answered by a line on stdout:

    {"do": "prepare", "form": "lean", "model": {…}, "objective": {…}, "adam": {…}, "tensors": PATH, "threads": 2}
    {"do": "step"}                       -> {"seconds": …, "loss": …, "memory": bytes}
    {"do": "forward", "what": "encode"}  -> {"seconds": …}
    {"do": "gradient", "form": "lean", "type": "float64", …as prepare…, "file": PATH}  -> {"loss": …}

Two forms of the step:

- released: what the authors' script does. x, its content view and its motion view each go through the whole model: three
  encoders, three posteriors, three priors, three decoders, of which only one is used.
- lean: what this library does. The content view's features are x's in another order; the motion view goes through encoder
  and dynamic posterior alone; one decoder.

Convolutions run in oneDNN, in whichever memory format takes less time for a step.
"""
import json
import math
import os
import resource
import sys
import time

import torch

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../test/fixtures/pytorch"))
import tensorfile  # noqa: E402
from cdsvae import CDSVAE, ModelConfig, ObjectiveConfig, contrastive, kl, pairwise_log_density, sample  # noqa: E402


def whole_pass(model, x, noise_s, noise_z):
    """One sequence after another module, as the authors' forward() does it."""
    _, (s_mean, s_logvar, _), (z_mean, z_logvar, z) = model.posterior(x, noise_z)
    s = sample(s_mean, s_logvar, noise_s)
    prior_mean, prior_logvar = model.dynamic_prior(z)
    return dict(
        s_mean=s_mean, s_logvar=s_logvar, s=s, z_mean=z_mean, z_logvar=z_logvar, z=z,
        prior_mean=prior_mean, prior_logvar=prior_logvar, logits=model.decode(s, z),
    )  # fmt: skip


def released(model, b):
    out = whole_pass(model, b["x"], b["noise_s"], b["noise_z"])
    content = whole_pass(model, b["x_content"], b["noise_s"], b["noise_z"])
    motion = whole_pass(model, b["x_motion"], b["noise_s"], b["noise_motion"])
    return dict(out, s_mean_content=content["s_mean"], z_mean_motion=motion["z_mean"])


def lean(model, b):
    _, (s_mean, s_logvar, features), (z_mean, z_logvar, z) = model.posterior(b["x"], b["noise_z"])
    s = sample(s_mean, s_logvar, b["noise_s"])
    prior_mean, prior_logvar = model.dynamic_prior(z)
    s_mean_content, _, _ = model.static_posterior(features[:, b["permutation"]])
    if model.c.variant == "causal":
        features_motion = model.encoder(b["x_motion"], record=False)
        z_mean_motion, _, _ = model.dynamic_posterior(features_motion, b["noise_motion"])
    else:
        _, _, (z_mean_motion, _, _) = model.posterior(b["x_motion"], b["noise_motion"], record=False)
    return dict(
        s_mean=s_mean, s_logvar=s_logvar, s=s, z_mean=z_mean, z_logvar=z_logvar, z=z,
        prior_mean=prior_mean, prior_logvar=prior_logvar, s_mean_content=s_mean_content,
        z_mean_motion=z_mean_motion, logits=model.decode(s, z),
    )  # fmt: skip


def loss(x, out, o):
    """Eq. 6 with a normal likelihood and trajectories in the mutual information: only what is minimised."""
    B = len(x)
    s, s_mean, s_logvar = out["s"], out["s_mean"], out["s_logvar"]
    z, z_mean, z_logvar = out["z"], out["z_mean"], out["z_logvar"]
    reconstruction = ((x - torch.sigmoid(out["logits"])) ** 2).sum() / B
    zero = torch.zeros_like(s_mean)
    kl_s = kl(s_mean, s_logvar, zero, zero).sum() / B
    kl_z = kl(z_mean, z_logvar, out["prior_mean"], out["prior_logvar"]).sum() / B
    i_s = contrastive(s_mean, out["s_mean_content"], o.tau)
    i_z = contrastive(z_mean.flatten(1), out["z_mean_motion"].flatten(1), o.tau)
    log_s = pairwise_log_density(s, s_mean, s_logvar)
    log_z = pairwise_log_density(z, z_mean, z_logvar).sum(2)
    joint, apart = (log_s + log_z).logsumexp(1), log_s.logsumexp(1) + log_z.logsumexp(1)
    i_sz = (joint - apart).mean() + math.log(o.N * B)
    return reconstruction + o.alpha * (kl_s + kl_z) - o.beta * (i_s + i_z) + o.gamma * i_sz


FORMS = dict(released=released, lean=lean)
FORMATS = ("contiguous", "channels_last")


class Peer:
    def __init__(self, request):
        torch.set_num_threads(request["threads"])
        self.request = request
        self.tensors = tensorfile.load(request["tensors"])
        self.form = FORMS[request["form"]]
        self.objective = ObjectiveConfig(**request["objective"])
        times = {}
        for memory_format in FORMATS:
            self.begin(memory_format)
            self.step()
            times[memory_format] = self.step()["seconds"]
        self.memory_format = min(FORMATS, key=times.get)
        self.begin(self.memory_format)

    def begin(self, memory_format):
        """The model at its first weights, and the batch, in a memory format."""
        self.model = CDSVAE(ModelConfig(**self.request["model"]))
        weights = {k[8:]: torch.from_numpy(a.copy()) for k, a in self.tensors.items() if k.startswith("weights/")}
        missing, unexpected = self.model.load_state_dict(weights, strict=False)
        missing = [name for name in missing if not name.endswith("num_batches_tracked")]
        if missing or unexpected:
            raise ValueError(f"weights: {missing} missing, {unexpected} unexpected")
        self.model.train()
        images = {}
        for name in ("x", "x_motion"):
            frames = torch.from_numpy(self.tensors[name]).permute(0, 1, 4, 2, 3)  # [B, T, C, H, W], channels last in memory
            images[name] = frames if memory_format == "channels_last" else frames.contiguous()
        if memory_format == "channels_last":
            self.model.to(memory_format=torch.channels_last)
        order = torch.from_numpy(self.tensors["permutation"])
        content = self.tensors["x"][:, order.numpy()]  # made beforehand: the authors' data loader does it in other processes
        content = torch.from_numpy(content).permute(0, 1, 4, 2, 3)
        images["x_content"] = content if memory_format == "channels_last" else content.contiguous()
        noise = {k: torch.from_numpy(self.tensors[k]) for k in ("noise_s", "noise_z", "noise_motion")}
        self.batch = dict(images, permutation=order, **noise)
        self.optimizer = torch.optim.Adam(self.model.parameters(), **self.request["adam"])

    def step(self):
        begun = time.perf_counter()
        self.optimizer.zero_grad()
        total = loss(self.batch["x"], self.form(self.model, self.batch), self.objective)
        total.backward()
        self.optimizer.step()
        seconds = time.perf_counter() - begun
        return dict(seconds=seconds, loss=total.item(), memory=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)

    def forward(self, what):
        """Inference, in eval mode and without gradients. A swap encodes two batches and decodes one."""
        self.model.eval()
        zero = torch.zeros_like(self.batch["noise_z"])
        encode = lambda: self.model.posterior(self.batch["x"], zero)  # noqa: E731
        with torch.inference_mode():
            begun = time.perf_counter()
            s, z = self.batch["noise_s"], zero
            if what == "swap":
                _, (s, *_), _ = encode()
            if what != "decode":
                _, _, (z, *_) = encode()
            if what != "encode":
                self.model.frames(self.model.decode(s, z))
            return dict(seconds=time.perf_counter() - begun)


def gradient(request):
    """Loss and gradient at the first weights, in the type asked for."""
    torch.set_num_threads(request["threads"])
    real = getattr(torch, request["type"])
    tensors = {k: torch.from_numpy(a) for k, a in tensorfile.load(request["tensors"]).items()}
    tensors = {k: t.to(real) if t.is_floating_point() else t for k, t in tensors.items()}
    model = CDSVAE(ModelConfig(**request["model"])).to(real)
    model.load_state_dict({k[8:]: t for k, t in tensors.items() if k.startswith("weights/")}, strict=False)
    model.train()
    images = {name: tensors[name].permute(0, 1, 4, 2, 3).contiguous() for name in ("x", "x_motion")}
    total = loss(images["x"], FORMS[request["form"]](model, {**tensors, **images}), ObjectiveConfig(**request["objective"]))
    total.backward()
    tensorfile.save(request["file"], {name: p.grad.numpy() for name, p in model.named_parameters()})
    return dict(loss=total.item())


def main():
    peer = None
    for line in sys.stdin:
        request = json.loads(line)
        if request["do"] == "prepare":
            peer = Peer(request)
            answer = dict(torch=torch.__version__, memory_format=peer.memory_format)
        elif request["do"] == "gradient":
            answer = gradient(request)
        elif request["do"] == "step":
            answer = peer.step()
        else:
            answer = peer.forward(request["what"])
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
