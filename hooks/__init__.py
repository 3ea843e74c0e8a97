"""The build: what makes MkDocs execute, check and render a page. Nothing else knows MkDocs or nbconvert."""
