"""Random variation of training images, batch by batch."""
import math

import torch
import torch.nn.functional as F

from quantise import CODE_MAX


def augment(images, recipe):
    """Return float codes (N, C, H, W), each image of uint8 `images` varied as `recipe` says."""
    codes = images.float()
    if recipe.rotate_degrees or recipe.zoom:
        return rotated(codes, recipe)
    return shifted(codes, recipe)


def shifted(codes, recipe):
    """Translate every image by whole pixels, zeros moving in, and mirror every other one."""
    count, _, height, width = codes.shape
    reach = recipe.shift
    device = codes.device
    padded = F.pad(codes, (reach,) * 4)
    rows = torch.randint(0, 2 * reach + 1, (count, 1), device=device)
    columns = torch.randint(0, 2 * reach + 1, (count, 1), device=device)
    rows = rows + torch.arange(height, device=device)
    across = torch.arange(width, device=device).repeat(count, 1)
    if recipe.flip:
        mirrored = torch.rand(count, 1, device=device) < 0.5
        across = torch.where(mirrored, across.flip(1), across)
    columns = columns + across
    sample = torch.arange(count, device=device)[:, None, None]
    return padded.permute(0, 2, 3, 1)[sample, rows[:, :, None], columns[:, None, :]].permute(
        0, 3, 1, 2).contiguous()


def rotated(codes, recipe):
    """Rotate, zoom and translate every image with bilinear sampling; codes are rounded again."""
    count, _, _, width = codes.shape
    device = codes.device
    angle = uniform(count, math.radians(recipe.rotate_degrees), device)
    size = 1 + uniform(count, recipe.zoom, device)
    step = 2 / width            # one pixel in the sampling grid's -1..1
    matrix = torch.stack((
        torch.stack((size * angle.cos(), -size * angle.sin(),
                     uniform(count, recipe.shift * step, device)), 1),
        torch.stack((size * angle.sin(), size * angle.cos(),
                     uniform(count, recipe.shift * step, device)), 1)), 1)
    grid = F.affine_grid(matrix, codes.shape, align_corners=False)
    return F.grid_sample(codes, grid, align_corners=False).round().clamp(0, CODE_MAX)


def uniform(count, reach, device):
    """Return `count` values drawn evenly from -reach..reach."""
    return (torch.rand(count, device=device) * 2 - 1) * reach
