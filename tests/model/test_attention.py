"""Conditional self-attention against its formula (PAPER.md section 3)."""

import torch

from emtool.model.attention import ConditionalSelfAttention


def attention() -> ConditionalSelfAttention:
    torch.manual_seed(0)
    block = ConditionalSelfAttention(8, 6, heads=2)
    torch.nn.init.normal_(block.out.weight)
    return block


def test_it_is_the_formula_of_the_paper() -> None:
    block = attention()
    phi, tokens = torch.randn(1, 8, 5), torch.randn(1, 3, 6)
    out = block(phi, tokens, torch.ones(1, 3, dtype=torch.bool))
    normed = block.norm(phi).transpose(1, 2)[0]  # (5, 8)
    query, key, value = block.of_music(normed).chunk(3, dim=-1)
    assert block.of_text is not None
    text_key, text_value = block.of_text(tokens[0]).chunk(2, dim=-1)
    heads = []
    for head in (slice(0, 4), slice(4, 8)):
        keys = torch.cat((key[:, head], text_key[:, head]))
        values = torch.cat((value[:, head], text_value[:, head]))
        heads.append(torch.softmax(query[:, head] @ keys.T / 2, dim=-1) @ values)
    expected = phi[0] + block.out(torch.cat(heads, dim=-1)).T
    assert torch.allclose(out[0], expected, atol=1e-6)


def test_a_masked_token_is_not_heard() -> None:
    block = attention()
    phi, tokens = torch.randn(2, 8, 5), torch.randn(2, 3, 6)
    mask = torch.tensor([[True, True, False], [True, True, True]])
    changed = tokens.clone()
    changed[:, 2] += 1
    before, after = block(phi, tokens, mask), block(phi, changed, mask)
    assert torch.equal(before[0], after[0])
    assert not torch.allclose(before[1], after[1])


def test_without_text_it_is_plain_self_attention() -> None:
    torch.manual_seed(0)
    block = ConditionalSelfAttention(8, 0, heads=1)
    torch.nn.init.normal_(block.out.weight)
    phi = torch.randn(1, 8, 5)
    out = block(phi, torch.zeros(1, 1, 0), torch.ones(1, 1, dtype=torch.bool))
    query, key, value = block.of_music(block.norm(phi).transpose(1, 2)[0]).chunk(3, dim=-1)
    expected = phi[0] + block.out(torch.softmax(query @ key.T / 8**0.5, dim=-1) @ value).T
    assert torch.allclose(out[0], expected, atol=1e-6)
