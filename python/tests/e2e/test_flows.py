def test_branches(run_flow, unprivileged):
    result = run_flow("branches", "run").ok()
    print(result.output, result.run_id, result.seconds)
    assert result.by.client(f"answer = Flow('BranchesFlow')['{result.run_id}'].data.squares") == [0, 1, 4]
    result = run_flow("branches", "run", user=unprivileged).ok()
