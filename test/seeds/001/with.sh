python your_flow.py run --with nomad:image=your/custom-image,cpu=4000
